using System.Globalization;
using Microsoft.Data.Sqlite;
using Millpond.Compare.Services;
using Millpond.Overload.Database;
using Npgsql;

namespace Millpond.Compare;

/// <summary>The databases of a run: its own PostgreSQL server and an SQLite file, with the same tables.</summary>
internal sealed class CompareDatabases : IDisposable
{
    private const long Each = 1_000_000;

    private readonly BenchServer? _server;
    private readonly DirectoryInfo _folder;

    private CompareDatabases(BenchServer? server, DirectoryInfo folder) => (_server, _folder) = (server, folder);

    /// <summary>Gets the connection string for Npgsql; null if PostgreSQL is not measured.</summary>
    public string? ConnectionString => _server?.ConnectionString;

    public int Port => _server?.Port ?? 0;

    public Version Version { get; private set; } = new();

    /// <summary>Gets the URL for SQLAlchemy.</summary>
    public string Url => string.Create(
        CultureInfo.InvariantCulture, $"postgresql+asyncpg://postgres:{_server?.Password}@127.0.0.1:{Port}/postgres");

    public string File => Path.Combine(_folder.FullName, "compare.db");

    public static async Task<CompareDatabases> StartAsync(bool postgres, CancellationToken cancellationToken)
    {
        var server = postgres ? await BenchServer.StartAsync("max_connections = 400") : null;
        var made = new CompareDatabases(server, Directory.CreateTempSubdirectory("millpond-compare-"));
        await made.FillFileAsync(cancellationToken);
        if (server is not null)
        {
            await made.FillServerAsync(cancellationToken);
        }

        return made;
    }

    public void Dispose()
    {
        _server?.Dispose();
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    private async Task FillServerAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        Version = connection.PostgreSqlVersion;
        await using var command = new NpgsqlCommand(
            $"""
            create table accounts (id int primary key, balance bigint not null, moves bigint not null) with (fillfactor = 50);
            insert into accounts select id, {Each}, 0 from generate_series(1, {Work.Accounts}) id;
            create table entries (id bigint generated always as identity primary key, account int not null, amount int not null);
            """,
            connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task FillFileAsync(CancellationToken cancellationToken)
    {
        await using var connection = new SqliteConnection($"Data Source={File}");
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText =
            $"""
            pragma journal_mode = wal;
            create table accounts (id integer primary key, balance integer not null, moves integer not null);
            with recursive ids (id) as (select 1 union all select id + 1 from ids where id < {Work.Accounts})
            insert into accounts select id, {Each}, 0 from ids;
            create table entries (id integer primary key, account integer not null, amount integer not null);
            """;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
