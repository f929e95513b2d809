using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Servers;
using Xunit;

namespace Millpond.IntegrationTests.Limits;

/// <summary>An engine behind a real PgBouncer.</summary>
[Trait("Needs", "PostgreSQL")]
[Trait("Needs", "Programs")]
public sealed class PoolerTests(SmallServer server) : LimitTestBase(server), IClassFixture<SmallServer>
{
    [Fact]
    public async Task G17_A_pooler_in_between_is_recognised_and_said_and_the_servers_limit_stops_nothing()
    {
        var url = await Server.CreateAsync();
        await using var pooler = await PgBouncer.StartAsync(url, connections: 3);
        using var host = Host(pooler.Before(url), 25, 15);

        await host.StartAsync(Token);

        Assert.Equal(
            "A pooler (such as PgBouncer) stands between engine 'bank' and the server: the server's limit does not bound this " +
            "pool, the pooler's own does. It works in transaction mode: nothing is prepared, and what would outlive a " +
            "transaction is refused (SET, LISTEN, temporary tables, advisory locks of a session).",
            Assert.Single(Log.Of(LogLevel.Information)).Trim());
        var engine = host.Services.GetRequiredService<DbEngine>();
        Assert.True(engine.GetSnapshot().ServerLimit is { IsBehindPooler: true, Advice: null, Wanted: 40 });
        Assert.Equal("Healthy: The database answers.", await HealthAsync(host));
        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => engine.RunAsync(
            static (session, token) => ScalarAsync(session, "select 7", token), null, Token)));
        Assert.InRange(await Server.ClientsAsync(), 2, 4);   // 40 of ours are 3 of the server's
        await host.StopAsync(Token);
    }
}
