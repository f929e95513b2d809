using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Limits;

/// <summary>What callers, operators and health checks learn when strangers take the last connections of a server.</summary>
[Trait("Needs", "PostgreSQL")]
[Trait("Needs", "Programs")]
public sealed class FullServerTests(SmallServer server) : LimitTestBase(server), IClassFixture<SmallServer>
{
    [Fact]
    public async Task G17_A_refused_connection_is_logged_once_with_numbers_and_ends_when_other_clients_leave()
    {
        var url = await Server.CreateAsync();
        var time = new FakeTimeProvider();
        using var host = Host(url, 2, 6, options =>
        {
            options.TimeProvider = time;
            options.PoolTimeout = TimeSpan.FromMilliseconds(100);   // so long it waits for those that are held
        });
        await host.StartAsync(Token);
        var engine = host.Services.GetRequiredService<DbEngine>();
        await using var strangers = await Crowd.ComeAsync(url);
        Assert.Equal(14, strangers.Count);

        string health;
        await using (await HoldAsync(engine, time))
        await using (await HoldAsync(engine, time))
        {
            var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => PassingAsync(RunAsync(engine), time));
            Assert.Equal(("MILL2002", "53300", true), (error.Code, error.SqlState, error.IsTransient));
            Assert.Matches(
                $"^The server at 127.0.0.1:{new Uri(url).Port}/{SmallServer.Database(url)} accepts no more connections " +
                @"\(53300: [^)]+\)\. Engine 'bank' has 2 of its 8 connections in use; 0 s ago it was 1 worker x 8 = 8 <= 16 " +
                @"usable \(max_connections 20 - 3 reserved - 1 other\), so other clients have connected since\. Let them use " +
                @"fewer connections, or raise the limit\. \[MILL2002\]$",
                error.Message);
            Assert.Equal((2, 2), (engine.GetSnapshot().InUse, engine.GetSnapshot().Holders.Count));
            health = await HealthAsync(host);
        }

        Assert.Equal("Degraded: The server accepts no more connections.", health);   // full is not down (G12)
        await UntilSomeAreGoneAsync();
        await UntilAsync(() => Advance(time) && Warnings().Count > 0);   // with numbers that count the strangers
        Assert.Matches(
            @"^The server refused a connection of engine 'bank': The server at .*\. Engine 'bank' has 0 of its 8 connections " +
            @"in use; " +
            @"[0-9]+ s ago " +
            @"it was 1 worker x 8 = 8 > 2 usable \(max_connections 20 - 3 reserved - 15 others\): PoolSize 1 and MaxOverflow 1 " +
            @"would fit\. \[MILL2002\]$",
            Assert.Single(Warnings()));
        Assert.StartsWith("Degraded: 1 worker x 8 = 8 > 2 usable ", await HealthAsync(host), StringComparison.Ordinal);

        await using (await HoldAsync(engine, time))
        await using (await HoldAsync(engine, time))
        {
            var again = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => PassingAsync(RunAsync(engine), time));
            Assert.Contains("1 worker x 8 = 8 > 2 usable", again.Message, StringComparison.Ordinal);
        }

        await strangers.DisposeAsync();
        await UntilStrangersAreGoneAsync();
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("Healthy: The database answers.", await HealthAsync(host));
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RunAsync(engine))), seven => Assert.Equal(7, seven));
        Assert.Single(Warnings());   // of several refusals within a minute
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task G17_A_full_server_counts_as_running_even_if_nothing_is_known_of_it()
    {
        var url = await Server.CreateAsync();
        await using var strangers = await Crowd.ComeAsync(url);
        await using var engine = CreateEngine(url, 2, 0);
        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => engine.WarmUpAsync(Token));
        Assert.Matches(
            @"^The server at [^ ]+ accepts no more connections \(53300: [^)]+\)\. Engine 'default' has 0 of its 2 connections " +
            @"in use\. Lower PoolSize and MaxOverflow, let others use fewer connections, or raise the server's limit\. " +
            @"\[MILL2002\]$",
            error.Message);
    }

    private static bool Advance(FakeTimeProvider time)
    {
        time.Advance(TimeSpan.FromMilliseconds(200));
        return true;
    }

    private static Task<int> RunAsync(DbEngine engine) =>
        engine.RunAsync(static (session, token) => ScalarAsync(session, "select 7 from pg_sleep(0.2)", token), null, Token);

    /// <summary>Lets time pass until something has ended.</summary>
    private static async Task<T> PassingAsync<T>(Task<T> work, FakeTimeProvider time)
    {
        for (; !work.IsCompleted; await Task.Delay(20, Token))
        {
            time.Advance(TimeSpan.FromMilliseconds(5));
        }

        return await work;
    }

    /// <summary>Opens a session that has a connection. After a refusal Npgsql closes what comes back to its pool, and a full
    /// server lets nobody in until that has gone.</summary>
    private static async Task<DbSession> HoldAsync(DbEngine engine, FakeTimeProvider time)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(20, Token))
        {
            var session = engine.OpenSession();
            try
            {
                await PassingAsync(ScalarAsync(session, "select 1", Token), time);
                return session;
            }
            catch (DatabaseUnavailableException) when (watch.Elapsed < TimeSpan.FromSeconds(30))
            {
                await session.DisposeAsync();
            }
        }
    }

    /// <summary>Waits until the server has a slot again: what Npgsql closes takes a moment to go.</summary>
    private Task UntilSomeAreGoneAsync() => UntilFewerAsync("true", 17);

    private Task UntilStrangersAreGoneAsync() => UntilFewerAsync("application_name not like 'millpond/%'", 2);

    private async Task UntilFewerAsync(string condition, int than)
    {
        var count = $"select count(*) from pg_stat_activity where backend_type = 'client backend' and {condition}";
        for (var watch = Stopwatch.StartNew(); await Server.ExecuteAsync(count) >= than; await Task.Delay(20, Token))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), "They are all still there.");
        }
    }

    private List<string> Warnings() => [.. Log.Of(LogLevel.Warning).Select(static line => line.Trim())];

    /// <summary>Strangers who take every connection that an ordinary role can have.</summary>
    private sealed class Crowd : IAsyncDisposable
    {
        private readonly Stack<NpgsqlConnection> _connections = new();

        public int Count => _connections.Count;

        public static async Task<Crowd> ComeAsync(string url)
        {
            var crowd = new Crowd();
            try
            {
                while (true)
                {
                    crowd._connections.Push(await SmallServer.OpenAsync(url));
                }
            }
            catch (PostgresException full) when (full.SqlState == PostgresErrorCodes.TooManyConnections)
            {
                return crowd;
            }
        }

        public async ValueTask DisposeAsync()
        {
            while (_connections.TryPop(out var stranger))
            {
                await stranger.DisposeAsync();
            }
        }
    }
}
