using System.Diagnostics;
using System.Net.Sockets;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>A server that takes no new connections, and one that is far away.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class RefusalAndDelayTests(ProxiedDatabase database) : IClassFixture<ProxiedDatabase>, IAsyncLifetime
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        database.Proxy.Heal();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task G06_A_server_that_refuses_an_empty_pool_leaks_nothing()
    {
        await using var engine = database.CreateEngine();
        await database.Proxy.RefuseAsync();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            AssertRefused(await Assert.ThrowsAsync<DatabaseUnavailableException>(() => engine.RunAsync(
                Transfer.New().MakeAsync, cancellationToken: Token)));
        }

        await AssertUsableAsync(engine);
    }

    [Fact]
    public async Task G06_A_server_that_refuses_new_connections_is_still_used_through_open_ones()
    {
        await using var engine = database.CreateEngine();
        await engine.RunAsync(Transfer.New().MakeAsync, cancellationToken: Token);   // one is open
        await database.Proxy.RefuseAsync();
        var transfer = Transfer.New();
        await engine.RunAsync(
            async (session, token) =>
            {
                await transfer.MakeAsync(session, token);
                AssertRefused(await Assert.ThrowsAsync<DatabaseUnavailableException>(() => engine.RunAsync(
                    Transfer.New().MakeAsync, cancellationToken: Token)));
            },
            cancellationToken: Token);
        Assert.True(await database.WasMadeAsync(transfer, "refused"));
        await AssertUsableAsync(engine);
    }

    [Fact]
    public async Task A_distant_server_costs_its_round_trips_and_nothing_else_is_assumed()
    {
        await using var engine = database.CreateEngine();
        await engine.RunAsync(Transfer.New().MakeAsync, cancellationToken: Token);
        var way = TimeSpan.FromMilliseconds(50);
        database.Proxy.Delay(way, way);
        var transfer = Transfer.New();
        var clock = Stopwatch.StartNew();
        var trips = await database.Proxy.CountRoundTripsAsync(
            () => engine.RunAsync(transfer.MakeAsync, cancellationToken: Token));
        var took = clock.Elapsed;
        Assert.Equal(5, trips);
        Assert.True(took >= trips * 2 * way * 0.98, $"It took {took}.");   // timers are a little early
        Assert.True(await database.WasMadeAsync(transfer, "far away"));
    }

    private static void AssertRefused(DatabaseUnavailableException error) => Assert.Equal(
        SocketError.ConnectionRefused, Assert.IsType<SocketException>(error.GetBaseException()).SocketErrorCode);

    private async Task AssertUsableAsync(DbEngine engine)
    {
        database.Proxy.Heal();
        for (var end = Stopwatch.StartNew(); engine.GetSnapshot().DownSince is not null; await Task.Delay(10, Token))
        {
            Assert.True(end.Elapsed < TimeSpan.FromSeconds(2.5), "Nobody noticed that it is back (G12).");
        }

        await new FaultSweep(database, engine, static _ => Task.FromResult(FaultSweep.Told.Done)).UseAllAsync("refused");
    }
}
