using System.Data.Common;
using System.Globalization;
using Millpond.IntegrationTests.Servers;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>What the tests of state between users stand on: a pool of one connection, and somebody else who looks.</summary>
public abstract class PostgreSqlStateTestBase : SessionTestBase
{
    protected const string Locks = "select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from " +
        "pg_database where datname = current_database())";

    protected const string Backends = "select count(*) from pg_stat_activity where datname = current_database() and " +
        "backend_type = 'client backend' and pid <> pg_backend_pid()";

    protected const string IdleInTransaction =
        "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in%'";

    protected DbEngine OneConnection =>
        field ??= CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));

    /// <summary>Gets an engine whose driver resets nothing by itself, so that what is gone is gone by the session's
    /// end.</summary>
    protected DbEngine WithoutTheDriversReset => field ??= CreateEngine(options =>
    {
        options.ConnectionString = PostgresUrl.ToConnectionString(Database.Url) + ";No Reset On Close=true";
        (options.PoolSize, options.MaxOverflow) = (1, 0);
    });

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.PostgreSqlAsync();

    /// <summary>Opens a connection that the engine knows nothing of.</summary>
    protected async Task<NpgsqlConnection> OpenStrangerAsync()
    {
        var stranger = new NpgsqlConnection(PostgresUrl.ToUnpooled(Database.Url));
        await stranger.OpenAsync(Token);
        return stranger;
    }

    protected static async Task<T> AskAsync<T>(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (T)Convert.ChangeType((await command.ExecuteScalarAsync(Token))!, typeof(T), CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until a count that the stranger asks for is that.</summary>
    protected static async Task UntilAsync(DbConnection stranger, string sql, long wanted)
    {
        var end = DateTime.UtcNow.AddSeconds(30);
        long now;
        while ((now = await AskAsync<long>(stranger, sql)) != wanted && DateTime.UtcNow < end)
        {
            await Task.Delay(5, Token);
        }

        Assert.Equal(wanted, now);
    }

    protected static Task<int> BackendAsync(DbSession session) => ScalarAsync<int>(session, "select pg_backend_pid()", Token);

    /// <summary>Does work in a session that ends in the given way.</summary>
    protected static async Task EndAsync(DbEngine engine, string how, Func<DbSession, Task> work)
    {
        switch (how)
        {
            case "commit":
                await engine.RunAsync((session, _) => work(session), cancellationToken: Token);
                break;
            case "rollback":
                await using (var session = engine.OpenSession())
                {
                    await work(session);
                    await session.RollbackAsync(Token);
                }

                break;
            case "exception":
                await Assert.ThrowsAsync<InvalidTimeZoneException>(() => engine.RunAsync(
                    async (session, _) =>
                    {
                        await work(session);
                        throw new InvalidTimeZoneException();
                    },
                    cancellationToken: Token));
                break;
            default:
                using (var patience = new CancellationTokenSource())
                {
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.RunAsync(
                        async (session, token) =>
                        {
                            await work(session);
                            patience.CancelAfter(20);
                            await ExecuteAsync(session, "select pg_sleep(60)", token);
                        },
                        cancellationToken: patience.Token));
                }

                break;
        }
    }
}
