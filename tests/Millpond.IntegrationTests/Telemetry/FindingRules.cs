using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Telemetry;

/// <summary>What an engine finds while it runs.</summary>
public abstract class FindingRules : SessionTestBase
{
    [Fact]
    public async Task G22_The_same_statement_twenty_times_in_a_row_is_found_once_per_operation()
    {
        for (var request = 0; request < 2; request++)
        {
            await Engine.RunAsync(
                async (session, token) =>
                {
                    for (var i = 0; i < 25; i++)
                    {
                        await ScalarAsync<long>(session, "select count(*) from users", token);
                    }
                },
                Token);
        }

        var found = Found(FindingKind.RepeatedStatement);
        Assert.Equal((2, "MILL4006"), (found.Count, found.Id));
        Assert.Contains("ran the same statement 25 times in a row", found.Message, StringComparison.Ordinal);
        Assert.Equal(["select count(*) from users"], found.Sites);
    }

    [Fact]
    public async Task G22_Different_statements_are_not_found()
    {
        await Engine.RunAsync(
            async (session, token) =>
            {
                for (var i = 0; i < 25; i++)
                {
                    await ScalarAsync<long>(session, $"select count(*) + {i} from users", token);
                }
            },
            Token);

        Assert.Empty(Engine.GetSnapshot().Findings);
    }

    [Fact]
    public async Task G22_A_shared_session_is_found_with_both_statements()
    {
        await using var session = Engine.OpenSession();
        await using var reader = await ReaderAsync(session, "select id from users", Token);
        await Assert.ThrowsAsync<SessionConcurrencyException>(() => session.CommitAsync(Token));

        var found = Found(FindingKind.SharedSession);
        Assert.Equal(2, found.Sites.Count);
        Assert.EndsWith("select id from users", found.Sites[0], StringComparison.Ordinal);
        Assert.EndsWith("COMMIT", found.Sites[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task G22_A_synchronous_call_is_found_with_its_method()
    {
        await using var session = Engine.OpenSession();
        await using var command = session.Connection.CreateCommand();
        command.CommandText = "select 1";
        Assert.Throws<SynchronousCallException>(() => { command.ExecuteScalar(); });

        var found = Found(FindingKind.SynchronousCall);
        Assert.Contains(nameof(G22_A_synchronous_call_is_found_with_its_method), found.Sites[0], StringComparison.Ordinal);
        Assert.Equal("Use ExecuteScalarAsync.", found.Remedy);
    }

    [Fact]
    public async Task G22_A_nested_session_is_found_with_the_outer_one()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        await engine.RunAsync(
            async (outer, token) =>
            {
                await ScalarAsync<long>(outer, "select 1", token);
                await Assert.ThrowsAsync<NestedSessionException>(
                    () => engine.RunAsync((inner, token) => ScalarAsync<long>(inner, "select 2", token), token));
            },
            new DbSessionOptions { Access = SessionAccess.ReadOnly },
            Token);

        var found = Found(FindingKind.NestedSession, engine);
        Assert.Contains("select 1", found.Sites);
        Assert.Contains("needed a second connection", found.Message, StringComparison.Ordinal);
        Assert.Contains(engine.GetSnapshot().Operations, one => one.Rejections == 1);
    }

    [Fact]
    public async Task G22_A_session_that_holds_its_connection_during_an_HTTP_call_is_found()
    {
        using var request = new Activity("request").Start();   // as in ASP.NET Core
        using var server = new SlowServer(TimeSpan.FromMilliseconds(150));
        using var client = new HttpClient();
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ScalarAsync<long>(session, "select 1", token);
                await client.GetAsync(new Uri(server.Address, "secret?token=1"), token);
            },
            Token);

        var found = Found(FindingKind.HeldWhileWaiting);
        Assert.Contains("while it awaited GET 127.0.0.1.", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task G22_The_watch_on_HTTP_calls_does_not_change_them()
    {
        using var server = new SlowServer(TimeSpan.Zero);
        using var client = new HttpClient();
        await Engine.RunAsync((session, token) => ScalarAsync<long>(session, "select 1", token), Token);
        await client.GetAsync(server.Address, Token);

        Assert.DoesNotContain("traceparent", server.Received, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task G22_An_HTTP_call_before_the_first_statement_or_after_the_commit_is_not_found()
    {
        using var request = new Activity("request").Start();
        using var server = new SlowServer(TimeSpan.FromMilliseconds(150));
        using var client = new HttpClient();
        await Engine.RunAsync(
            async (session, token) =>
            {
                await client.GetAsync(server.Address, token);
                await ScalarAsync<long>(session, "select 1", token);
                await session.CommitAsync(token);
                await client.GetAsync(server.Address, token);
            },
            Token);

        Assert.Empty(Engine.GetSnapshot().Findings);
    }

    [Fact]
    public async Task G22_A_leak_is_found()
    {
        var engine = CreateEngine(static options => options.LeakThreshold = TimeSpan.FromMilliseconds(60));
        await using var session = engine.OpenSession();
        await ScalarAsync<long>(session, "select 1", Token);
        while (engine.GetSnapshot().Findings.Count == 0)
        {
            await Task.Delay(10, Token);
        }

        var found = Found(FindingKind.Leak, engine);
        Assert.Equal("Commit or dispose the session, or do slow work outside it.", found.Remedy);
        Assert.Contains("select 1", found.Sites);
    }

    [Fact]
    public async Task G21_The_ledger_records_the_cost_of_an_operation()
    {
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                await Task.Delay(50, token);
            },
            Token);
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (2, 'bob')", token);
                throw new InvalidTimeZoneException();
            },
            Token));

        var rows = Engine.GetSnapshot().Operations;
        Assert.Equal((2, 1), (rows.Sum(row => row.Sessions), rows.Sum(row => row.Rollbacks)));
        Assert.Equal(1, rows.Sum(row => row.PoolShare), 3);
        Assert.InRange(rows[0].Idle.TotalMilliseconds, 45, rows[0].PoolTime.TotalMilliseconds);
    }

    private FindingSnapshot Found(FindingKind kind, DbEngine? engine = null) =>
        Assert.Single((engine ?? Engine).GetSnapshot().Findings, found => found.Kind == kind);

    /// <summary>Answers any request after a while.</summary>
    private sealed class SlowServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly TimeSpan _pause;
        private readonly StringBuilder _received = new();

        public SlowServer(TimeSpan pause)
        {
            _pause = pause;
            _listener.Start();
            _ = ServeAsync();
        }

        public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

        public string Received => _received.ToString();

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync()
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(Token);
                await using var stream = client.GetStream();
                var buffer = new byte[4_096];
                var length = await stream.ReadAsync(buffer, Token);
                _received.Append(Encoding.ASCII.GetString(buffer, 0, length));
                await Task.Delay(_pause, Token);
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), Token);
            }
        }
    }
}
