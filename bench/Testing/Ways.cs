using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Respawn;

namespace Millpond.TestPrices;

/// <summary>The levels of the kit, and what people do without it.</summary>
internal static class Ways
{
    private const string ByRespawn = "Respawn";
    private const string ByRollback = "a transaction and its rollback, by hand";
    private const string ByClone = "`create database … template`, by hand";
    private const string ByMemory = "`:memory:` and the schema, by hand";

    public static IEnumerable<Way> OnPostgres(TestBench bench)
    {
        yield return Kit("`Recycled`", ByRespawn, 200, bench.Recycled, TestIsolation.Recycled);
        yield return Kit("`Recycled`, one database for all tests", ByRespawn, 200, bench.One, TestIsolation.Recycled);
        yield return Respawn(bench);
        yield return Kit("`Sandbox`", ByRollback, 200, bench.Recycled, TestIsolation.Sandbox);
        yield return Rollback(bench);
        yield return Kit("`Fresh`, a test takes 40 ms", ByClone, 10, bench.Fresh, TestIsolation.Fresh) with
        {
            Rest = TimeSpan.FromMilliseconds(40),
        };
        yield return Clone(bench);
        yield return EnsureCreated(
            "`EnsureDeleted`, `EnsureCreated`", 3, new DbContextOptionsBuilder<SchemaContext>().UseNpgsql(bench.To("prices_ef")));
    }

    public static IEnumerable<Way> OnSqlite(TestBench bench)
    {
        yield return Kit("SQLite", ByMemory, 100, bench.Sqlite, TestIsolation.Recycled);
        yield return Memory();
        yield return EnsureCreated(
            "SQLite: `EnsureDeleted`, `EnsureCreated`",
            5,
            new DbContextOptionsBuilder<SchemaContext>().UseSqlite($"Data Source={Path.Combine(bench.Folder, "ef.db")}"));
    }

    private static Way Kit(string name, string against, int tests, Databases databases, TestIsolation isolation)
    {
        TestDatabase? database = null;
        return new Way(
            name,
            against,
            tests,
            async token => database = await databases.AcquireAsync(isolation, token),
            token => database!.Engine.RunAsync(
                static (session, ct) => Schema.TestAsync(session.Connection, null, ct), cancellationToken: token),
            async _ => await database!.DisposeAsync());
    }

    private static Way Respawn(TestBench bench)
    {
        NpgsqlConnection? connection = null;
        Respawner? respawner = null;
        return new Way(
            ByRespawn,
            null,
            50,
            async token =>
            {
                if (connection is null)
                {
                    connection = await CreateAsync(bench, "prices_respawn", token);
                    respawner = await Respawner.CreateAsync(connection, new RespawnerOptions { DbAdapter = DbAdapter.Postgres });
                }
            },
            token => Schema.TestAsync(connection!, null, token),
            _ => respawner!.ResetAsync(connection!));
    }

    private static Way Rollback(TestBench bench)
    {
        var isReady = false;
        NpgsqlConnection? connection = null;
        DbTransaction? transaction = null;
        return new Way(
            ByRollback,
            null,
            200,
            async token =>
            {
                if (!isReady)
                {
                    await (await CreateAsync(bench, "prices_rollback", token)).DisposeAsync();
                    isReady = true;
                }

                connection = new NpgsqlConnection(bench.To("prices_rollback"));
                await connection.OpenAsync(token);
                transaction = await connection.BeginTransactionAsync(token);
            },
            token => Schema.TestAsync(connection!, transaction, token),
            async token =>
            {
                await transaction!.RollbackAsync(token);
                await connection!.DisposeAsync();
            });
    }

    private static Way Clone(TestBench bench)
    {
        var isReady = false;
        NpgsqlConnection? connection = null;
        return new Way(
            ByClone,
            null,
            5,
            async token =>
            {
                if (!isReady)
                {
                    await (await CreateAsync(bench, "prices_template", token)).DisposeAsync();
                    isReady = true;
                }

                await bench.ExecuteAsync("create database prices_clone template prices_template", token);
                connection = new NpgsqlConnection(bench.To("prices_clone", pooling: false));
                await connection.OpenAsync(token);
            },
            token => Schema.TestAsync(connection!, null, token),
            async token =>
            {
                await connection!.DisposeAsync();
                await bench.ExecuteAsync("drop database prices_clone", token);
            });
    }

    private static Way EnsureCreated(string name, int tests, DbContextOptionsBuilder<SchemaContext> builder) => new(
        name,
        null,
        tests,
        async token =>
        {
            await using var context = new SchemaContext(builder.Options);
            await context.Database.EnsureDeletedAsync(token);
            await context.Database.EnsureCreatedAsync(token);
        },
        async token =>
        {
            await using var context = new SchemaContext(builder.Options);
            await context.Database.OpenConnectionAsync(token);
            await Schema.TestAsync(context.Database.GetDbConnection(), null, token);
        },
        static _ => Task.CompletedTask);

    private static Way Memory()
    {
        SqliteConnection? connection = null;
        return new Way(
            ByMemory,
            null,
            100,
            async token =>
            {
                connection = new SqliteConnection("Data Source=:memory:");
                await connection.OpenAsync(token);
                await using var command = connection.CreateCommand();
                command.CommandText = Schema.Sqlite;
                await command.ExecuteNonQueryAsync(token);
            },
            token => Schema.TestAsync(connection!, null, token),
            async _ => await connection!.DisposeAsync());
    }

    private static async Task<NpgsqlConnection> CreateAsync(TestBench bench, string name, CancellationToken cancellationToken)
    {
        await bench.ExecuteAsync($"create database {name}", cancellationToken);
        var connection = new NpgsqlConnection(bench.To(name, pooling: false));
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Schema.Postgres, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return connection;
    }
}
