using System.Diagnostics;
using Xunit;

namespace Millpond.Testing.Tests.Leases;

[Trait("Needs", "PostgreSQL")]
[Trait("Needs", "Programs")]
[Collection(Servers.OwnServerGroup.Name)]
public sealed class KilledRunTests(Servers.OwnServerFixture fixture)
{
    private readonly List<string> _output = [];

    [Fact]
    public async Task T05_A_killed_run_leaves_nothing_that_the_next_run_does_not_reclaim()
    {
        var server = fixture.Server;
        await server.ReadAsync("create database millpond_clone_0123456789abcdef");   // by somebody else
        var killed = await StartAsync(server.Server.Url, 40);
        var alive = await StartAsync(server.Server.Url, 2);
        await Task.WhenAll(Task.Run(killed.Process.Kill), killed.Process.WaitForExitAsync(Kit.Token));
        await Kit.UntilAsync(
            async () => await server.ReadAsync(
                "select count(*) from pg_stat_activity where application_name like '%registry%'") is 1L,
            "the server notices that the run has ended");

        await using (var databases = server.Databases(Kit.Schema, _output, max: 1))
        {
            await using var db = await databases.AcquireAsync();
            await Kit.UntilAsync(async () => await CountAsync(server, killed.Names) is 0L, "all 40 are dropped");
        }

        Assert.Equal(2L, await CountAsync(server, alive.Names));
        Assert.Equal(1L, await CountAsync(server, ["millpond_clone_0123456789abcdef"]));
        var registry = await server.ReadAsync("select left(md5('postgres'), 8)");
        Assert.Equal(2L, await server.ReadAsync(
            "select count(*) from leases where kind = 'clone'", "millpond_testing_" + registry));
        Assert.Empty(_output);
        alive.Process.Kill();
        await alive.Process.WaitForExitAsync(Kit.Token);
    }

    private static Task<object?> CountAsync(Servers.OwnServer server, IEnumerable<string> names) =>
        server.ReadAsync($"select count(*) from pg_database where datname in ('{string.Join("', '", names)}')");

    private static async Task<(Process Process, List<string> Names)> StartAsync(string url, int count)
    {
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../Run/debug/Run"));
        var start = new ProcessStartInfo(program, [$"{count}", Kit.Schema])
        {
            RedirectStandardOutput = true,
            Environment = { [TestServer.Variable] = url },
        };
        var process = Process.Start(start)!;
        List<string> names = [];
        while (await process.StandardOutput.ReadLineAsync(Kit.Token) is { } line && line != "leased")
        {
            names.Add(line);
        }

        Assert.Equal(count, names.Count);
        return (process, names);
    }
}
