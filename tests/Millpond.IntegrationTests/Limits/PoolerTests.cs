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
    public async Task G17_A_pooler_is_detected_and_logged_and_the_servers_limit_does_not_apply()
    {
        var url = await Server.CreateAsync();
        await using var pooler = await PgBouncer.StartAsync(url, connections: 3);
        using var host = Host(pooler.Before(url), 25, 15);

        await host.StartAsync(Token);

        Assert.Equal(
            "Engine 'bank' connects through a pooler (such as PgBouncer), so the pooler's connection limit applies instead of " +
            "the server's. It uses transaction mode: nothing is prepared, and statements whose effect outlives a transaction " +
            "are rejected (SET, LISTEN, temporary tables, session-level advisory locks).",
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
