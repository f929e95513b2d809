using Xunit;

namespace Millpond.Tests.Sessions;

/// <summary>Sessions that hold their connection for too long.</summary>
public sealed class LeakTests : VirtualTimeTestBase, IDisposable
{
    private readonly LogLines _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task G22_A_leak_is_logged_once_when_detected_and_once_when_returned()
    {
        var engine = Engine(TimeSpan.FromSeconds(8));
        var session = engine.OpenSession(member: "Load", file: "/src/Reports.cs", line: 42);
        await RunAsync(session);
        Time.Advance(TimeSpan.FromSeconds(7.9));
        Assert.Empty(_log.Lines);

        Time.Advance(TimeSpan.FromSeconds(2.1));
        Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(
            [
                "Warning: Engine 'default': session 1 of Load (Reports.cs:42) has held its connection for 10 s (1 command, " +
                "100 % " +
                "of the time idle). It has been idle for 10.0 s since 'select 1'. Called from: Load (Reports.cs:42); trace " +
                "none. " +
                "Commit or dispose the session, or do slow work outside it.",
            ],
            _log.Lines);

        await session.DisposeAsync();
        Assert.Equal(
            "Information: Engine 'default': session 1 of Load (Reports.cs:42) returned its connection after 70 s.",
            _log.Lines[^1]);
        Assert.Equal(2, _log.Lines.Count);
    }

    [Fact]
    public async Task G22_A_slow_statement_is_distinguished_from_an_idle_session()
    {
        var engine = Engine(TimeSpan.FromSeconds(8));
        var gate = new TaskCompletionSource();
        Provider.At = step => step == "Execute" ? gate.Task : Task.CompletedTask;
        var session = engine.OpenSession();
        var running = RunAsync(session);
        Time.Advance(TimeSpan.FromSeconds(10));
        gate.SetResult();
        await running;
        var line = Assert.Single(_log.Lines);
        Assert.Contains("0 % of the time idle). It has run for 10.0 s: 'select 1'.", line, StringComparison.Ordinal);
        Assert.EndsWith(" The statement may be slow, or waiting for a lock.", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task G22_A_leak_in_top_level_statements_is_reported_with_its_place()
    {
        var engine = Engine(TimeSpan.FromSeconds(8));
        var session = engine.OpenSession(member: "<Main>$", file: "/src/Program.cs", line: 31);
        await RunAsync(session);
        await RunAsync(session);
        Time.Advance(TimeSpan.FromSeconds(10));
        Assert.StartsWith(
            "Warning: Engine 'default': session 1 of Program.cs:31 has held its connection for 10 s (2 commands, ",
            Assert.Single(_log.Lines),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task G22_A_connection_returned_in_time_is_not_reported()
    {
        var engine = Engine(TimeSpan.FromSeconds(8));
        for (var i = 0; i < 10; i++)
        {
            var session = engine.OpenSession();
            await RunAsync(session);
            Time.Advance(TimeSpan.FromSeconds(7));
            await session.CommitAsync(Token);
        }

        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task G22_An_infinite_threshold_reports_nothing()
    {
        var engine = Engine(Timeout.InfiniteTimeSpan);
        var session = engine.OpenSession();
        await RunAsync(session);
        Time.Advance(TimeSpan.FromDays(2));
        Assert.Empty(_log.Lines);
    }

    private DbEngine Engine(TimeSpan threshold) => Engine(2, TimeSpan.FromMinutes(5), options =>
    {
        options.LeakThreshold = threshold;
        options.LoggerFactory = _log;
    });
}
