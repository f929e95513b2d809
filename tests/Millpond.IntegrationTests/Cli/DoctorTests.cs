using System.Net;
using System.Net.Sockets;
using Millpond.IntegrationTests.Limits;
using Millpond.IntegrationTests.Servers;
using Xunit;

namespace Millpond.IntegrationTests.Cli;

/// <summary><c>millpond doctor</c> on PostgreSQL, directly and through what stands before it. The server has 16 connections for
/// ordinary roles.</summary>
[Trait("Needs", "PostgreSQL")]
[Trait("Needs", "Programs")]
public sealed class DoctorTests(SmallServer server) : IClassFixture<SmallServer>
{
    [Fact]
    public async Task A_pool_that_fits_is_exit_code_0()
    {
        var url = await server.CreateAsync();

        var (code, output, errors) = await MillpondTool.RunAsync("doctor", url, "--pool", "10", "--overflow", "5");

        Assert.Equal((0, ""), (code, errors));
        Assert.StartsWith("PostgreSQL ", output, StringComparison.Ordinal);
        AssertLines(
            output,
            "ok       pooler               None",
            "ok       pool                 1 worker x 15 = 15, and 16 usable (max_connections, less what is reserved",
            "ok       savepoints           ",
            "ok       start-up options     Accepted.",
            "ok       prepared statements  Work.",
            "note     pg_stat_activity     Other roles' connections are counted, but what they do is hidden.");
        Assert.EndsWith("\nNo problem found.\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("pw", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pool_that_does_not_fit_exits_with_1_and_suggests_sizes()
    {
        var url = await server.CreateAsync("in role pg_read_all_stats");

        var (code, output, _) = await MillpondTool.RunAsync("doctor", url, "--pool=10", "--overflow=5", "--workers=2");

        Assert.Equal(1, code);
        AssertLines(
            output,
            "problem  pool                 2 workers x 15 = 30, and 16 usable (max_connections, less what is reserved and what " +
            "other clients use). PoolSize 6 and MaxOverflow 2 would fit.",
            "ok       pg_stat_activity     ");
        Assert.EndsWith("\n1 problem.\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Workers_that_run_now_are_counted_by_their_engines_name()
    {
        var url = await server.CreateAsync();
        await using var running = DbEngine.Create(options => options.UsePostgreSql(url).PoolSize = 3);
        await running.WarmUpAsync(TestContext.Current.CancellationToken);

        var (code, output, _) = await MillpondTool.RunAsync("doctor", url, "--pool=3", "--overflow=0");
        var (_, other, _) = await MillpondTool.RunAsync("doctor", url, "--engine=shop");

        Assert.Equal(0, code);
        AssertLines(output, "ok       pool                 1 worker x 3 = 3, and 16 usable");
        AssertLines(other, "problem  pool                 1 worker x 15 = 15, and 13 usable");
    }

    [Theory]
    [InlineData("transaction", "note     prepared statements  Not used")]
    [InlineData("session", "ok       prepared statements  Work.")]
    public async Task A_pooler_is_detected_with_its_mode(string mode, string line)
    {
        var url = await server.CreateAsync();
        await using var pooler = await PgBouncer.StartAsync(url, connections: 3, mode);

        var (code, output, _) = await MillpondTool.RunAsync("doctor", pooler.Before(url));

        Assert.Equal(0, code);
        AssertLines(
            output,
            $"note     pooler               A pooler in {mode} mode",
            line,
            "note     pool                 The pooler's limits apply");
    }

    [Fact]
    public async Task A_proxy_that_rejects_startup_options_is_noted()
    {
        var url = new Uri(await server.CreateAsync());
        using var front = new OptionlessFront(url.Host, url.Port);

        var (code, output, _) = await MillpondTool.RunAsync(
            "doctor", new UriBuilder(url) { Port = front.Port, Query = "sslmode=disable" }.Uri.AbsoluteUri);

        Assert.Equal(0, code);
        AssertLines(output, "note     start-up options     Refused (0A000)");
    }

    [Fact]
    public async Task An_unreachable_server_or_an_invalid_connection_is_reported_in_one_sentence_with_exit_code_2()
    {
        var url = await server.CreateAsync();
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();

        await AssertFailedAsync(
            $"postgresql://ada:secret@127.0.0.1:{port}/bank", $"The database at 127.0.0.1:{port}/bank cannot be used: ");
        await AssertFailedAsync(
            new UriBuilder(url) { Password = "secret" }.Uri.AbsoluteUri, $"The database at {new Uri(url).Authority}");
        await AssertFailedAsync("nonsense", "The connection string is invalid");
        await AssertFailedAsync("mysql://ada:secret@localhost/bank", "The connection URL has the unknown scheme 'mysql:'");
    }

    private static async Task AssertFailedAsync(string connection, string beginning)
    {
        var (code, output, errors) = await MillpondTool.RunAsync("doctor", connection);

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(beginning, errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', errors);
        Assert.DoesNotContain("secret", errors, StringComparison.Ordinal);
    }

    private static void AssertLines(string output, params string[] beginnings) =>
        Assert.All(beginnings, beginning => Assert.Contains($"\n  {beginning}", output, StringComparison.Ordinal));
}
