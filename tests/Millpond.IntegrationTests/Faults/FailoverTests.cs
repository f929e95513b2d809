using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>Two real servers, one of which follows the other, and the day it takes over (G13).</summary>
[Trait("Needs", "PostgreSQL")]
[Trait("Needs", "Programs")]
public sealed class FailoverTests : IAsyncLifetime
{
    private TestServer _primary = null!;
    private TestServer? _standby;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private int First => new Uri(_primary.Url).Port;

    private int Second => new Uri(_standby!.Url).Port;

    public async ValueTask InitializeAsync()
    {
        _primary = await TestServer.StartAsync("wal_level = replica", "max_wal_senders = 4", "hot_standby = on");
        _standby = await _primary.StartStandbyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await (_standby?.DisposeAsync() ?? default);
        await _primary.DisposeAsync();
    }

    [Fact]
    public async Task G13_A_write_rejected_by_a_standby_makes_the_engine_find_the_primary()
    {
        await using var engine = Create($"127.0.0.1:{Second},127.0.0.1:{First}", "any");   // the standby first
        var refused = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => engine.RunAsync(
            static (session, token) => session.ExecuteAsync($"create table t (i int)", token), cancellationToken: Token));
        Assert.Equal(("MILL2001", "25006", true), (refused.Code, refused.SqlState, refused.IsTransient));
        Assert.Contains("is a standby and accepts no writes", refused.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), (engine.GetSnapshot().InUse, engine.GetSnapshot().Holders.Count));
    }

    [Fact]
    public async Task G13_After_a_promotion_writes_go_to_the_new_primary_and_with_Retries_none_fails()
    {
        await using var engine = Create($"127.0.0.1:{First},127.0.0.1:{Second}", null);
        await engine.RunAsync(
            static (session, token) => session.ExecuteAsync($"create table t (i int primary key)", token),
            cancellationToken: Token);
        await WriteAsync(engine, 1);

        await _primary.StopAsync(TestServerStop.Fast);
        var writing = Enumerable.Range(2, 20).Select(i => WriteAsync(engine, i)).ToList();
        await _standby!.PromoteAsync();
        var back = Stopwatch.StartNew();
        await Task.WhenAll(writing);

        Assert.InRange(back.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        var (count, port) = await engine.RunAsync(
            static async (session, token) => (
                await session.QuerySingleAsync<long>($"select count(*) from t", token),
                await session.QuerySingleAsync<int>($"select current_setting('port')::int", token)),
            cancellationToken: Token);
        Assert.Equal((21, Second), (count, port));
        Assert.Equal((0, 0), (engine.GetSnapshot().InUse, engine.GetSnapshot().Holders.Count));
    }

    private static Task<int> WriteAsync(DbEngine engine, int i) => engine.RunAsync(
        (session, token) => session.ExecuteAsync($"insert into t values ({i})", token),
        new DbSessionOptions { Retries = 5 },
        Token);

    private DbEngine Create(string hosts, string? target) => DbEngine.Create(options =>
    {
        var query = target is null ? "" : string.Create(CultureInfo.InvariantCulture, $"?target_session_attrs={target}");
        options.UsePostgreSql($"postgresql://{new Uri(_primary.Url).UserInfo}@{hosts}/postgres{query}");
        (options.PoolSize, options.MaxOverflow) = (4, 0);
    });
}
