using System.Diagnostics;
using Millpond.Connections;
using Millpond.Engine;
using Millpond.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>A network that loses everything and tells nobody: only time limits end the wait.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class BlackHoleTests(ProxiedDatabase database) : IClassFixture<ProxiedDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Probe_commit()
    {
        await using var engine = database.CreateEngine(static o => o.CleanupTimeout = TimeSpan.FromMilliseconds(500));
        var session = engine.OpenSession();
        var transfer = Transfer.New();
        await transfer.MakeAsync(session, Token);
        database.Proxy.SwallowEverything();
        var clock = Stopwatch.StartNew();
        var e = await Record.ExceptionAsync(() => session.CommitAsync(Token));
        Console.WriteLine($"commit: {clock.Elapsed} {e}");
        clock.Restart();
        await session.DisposeAsync();
        Console.WriteLine($"dispose: {clock.Elapsed} {engine.GetSnapshot()}");
        while (engine.GetSnapshot().InUse > 0) await Task.Delay(10);
        Console.WriteLine($"back: {clock.Elapsed}");
        database.Proxy.Heal();
    }

    [Fact]
    public async Task Probe_rollback()
    {
        await using var engine = database.CreateEngine(static o => o.CleanupTimeout = TimeSpan.FromMilliseconds(500));
        var session = engine.OpenSession();
        var transfer = Transfer.New();
        await transfer.MakeAsync(session, Token);
        database.Proxy.SwallowEverything();
        var clock = Stopwatch.StartNew();
        var e = await Record.ExceptionAsync(() => session.RollbackAsync(Token));
        Console.WriteLine($"rollback: {clock.Elapsed} {e}");
        clock.Restart();
        await session.DisposeAsync();
        Console.WriteLine($"dispose: {clock.Elapsed} {engine.GetSnapshot()}");
        while (engine.GetSnapshot().InUse > 0) await Task.Delay(10);
        Console.WriteLine($"back: {clock.Elapsed}");
        database.Proxy.Heal();
    }

    [Fact]
    public async Task Probe_statement_cancelled()
    {
        await using var engine = database.CreateEngine(static o => o.CleanupTimeout = TimeSpan.FromMilliseconds(500));
        var clock = Stopwatch.StartNew();
        using var cts = new CancellationTokenSource();
        var transfer = Transfer.New();
        var e = await Record.ExceptionAsync(() => engine.RunAsync(async (session, t) => {
            await transfer.MakeAsync(session, t);
            database.Proxy.SwallowEverything();
            clock.Restart();
            cts.CancelAfter(200);
            await Transfer.ExecuteAsync(session, "select 1", t);
        }, cancellationToken: cts.Token));
        Console.WriteLine($"statement: {clock.Elapsed} {e}");
        while (engine.GetSnapshot().InUse > 0) await Task.Delay(10);
        Console.WriteLine($"back: {clock.Elapsed}");
        database.Proxy.Heal();
    }

    [Fact]
    public async Task Probe_statement_timeout()
    {
        await using var engine = database.CreateEngine(static o => o.CleanupTimeout = TimeSpan.FromMilliseconds(500), "&command timeout=1");
        var clock = Stopwatch.StartNew();
        var transfer = Transfer.New();
        var e = await Record.ExceptionAsync(() => engine.RunAsync(async (session, t) => {
            await transfer.MakeAsync(session, t);
            database.Proxy.SwallowEverything();
            clock.Restart();
            await Transfer.ExecuteAsync(session, "select 1", t);
        }, cancellationToken: Token));
        Console.WriteLine($"statement timeout: {clock.Elapsed} {e}");
        while (engine.GetSnapshot().InUse > 0) await Task.Delay(10);
        Console.WriteLine($"back: {clock.Elapsed}");
        database.Proxy.Heal();
    }

    [Fact]
    public async Task Probe_open()
    {
        await using var engine = database.CreateEngine(static o => o.PoolTimeout = TimeSpan.FromMilliseconds(500));
        database.Proxy.SwallowEverything();
        var clock = Stopwatch.StartNew();
        var e = await Record.ExceptionAsync(() => engine.RunAsync((session, t) => Transfer.ExecuteAsync(session, "select 1", t), cancellationToken: Token));
        Console.WriteLine($"open: {clock.Elapsed} {e}");
        while (engine.GetSnapshot().InUse > 0) await Task.Delay(10);
        Console.WriteLine($"back: {clock.Elapsed}");
        database.Proxy.Heal();
    }
}
