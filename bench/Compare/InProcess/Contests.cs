using System.Data.Common;
using Microsoft.Data.Sqlite;
using Millpond.Compare.Services;
using Npgsql;

namespace Millpond.Compare.InProcess;

/// <summary>The contests without HTTP, run by one task.</summary>
internal sealed class Contests : IAsyncDisposable
{
    private readonly NpgsqlDataSource? _source;
    private readonly DbEngine? _postgres;
    private readonly DbEngine _sqlite;
    private readonly string _file;

    public Contests(string? postgres, string file)
    {
        _file = new SqliteConnectionStringBuilder { DataSource = file }.ConnectionString;
        _sqlite = DbEngine.Create(options => options.UseSqlite($"sqlite:{file}"));
        if (postgres is not null)
        {
            _source = NpgsqlDataSource.Create(postgres);
            _postgres = DbEngine.Create(options => options.UsePostgreSql(postgres));
        }
    }

    public IEnumerable<Contest> All()
    {
        if (_postgres is not null)
        {
            yield return OnPostgres("one transaction: open, `select 1`, commit", 2_000, OneAsync);
            yield return OnPostgres("ten selects in one transaction", 400, TenAsync);
            yield return OnPostgres("100,000 rows read", 10, RowsAsync);
        }

        yield return new Contest(
            "SQLite: one row by key in a transaction of its own",
            4_000,
            () => _sqlite.RunAsync(static (session, ct) => AdoWork.ReadAsync(session.Connection, ct), ReadOnly),
            () => SqliteService.RunAsync(_file, deferred: true, AdoWork.ReadAsync, CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        await _sqlite.DisposeAsync();
        if (_postgres is not null)
        {
            await _postgres.DisposeAsync();
            await _source!.DisposeAsync();
        }
    }

    private static DbSessionOptions ReadOnly { get; } = new() { Access = SessionAccess.ReadOnly };

    private static Task OneAsync(DbConnection connection) => ScalarAsync(connection, "select 1");

    private static async Task TenAsync(DbConnection connection)
    {
        for (var command = 0; command < 10; command++)
        {
            await ScalarAsync(connection, "select 1");
        }
    }

    private static async Task RowsAsync(DbConnection connection)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "select id, id::bigint * 7 from generate_series(1, 100000) id";
        await using var reader = await command.ExecuteReaderAsync();
        long sum = 0;
        while (await reader.ReadAsync())
        {
            sum += reader.GetInt32(0) + reader.GetInt64(1);
        }

        GC.KeepAlive(sum);
    }

    private static async Task ScalarAsync(DbConnection connection, string text)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = text;
        await command.ExecuteScalarAsync();
    }

    private Contest OnPostgres(string name, int times, Func<DbConnection, Task> work) => new(
        name,
        times,
        () => _postgres!.RunAsync((session, _) => work(session.Connection)),
        async () =>
        {
            await using var connection = await _source!.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await work(connection);
            await transaction.CommitAsync();
        });
}
