using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Millpond.IntegrationTests.Servers;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>What clients see while the database is away.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class OutageTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_outage_is_503_and_the_program_survives_it()
    {
        await using var server = await PostgresServer.StartOwnAsync();
        var url = await server.CreateDatabaseAsync(Cancelled);
        await using var process = await BankProcess.ServeAsync(url);
        using var bank = process.Client();
        var account = await bank.OpenAccountAsync(10);

        await server.StopAsync();
        var (ready, read, write, export) = (
            await bank.GetAsync("/health/ready"), await bank.GetAsync("/totals"), await bank.TransferAsync(account, 2, 1),
            await bank.GetAsync("/transfers/export"));
        var live = await bank.GetAsync("/health/live");
        await server.StartAgainAsync();

        ready.AssertProblem(503);
        Assert.All([read, write, export], answer =>
        {
            answer.AssertProblem(503);
            Assert.Matches("^[1-9][0-9]*$", answer.Header("Retry-After"));
        });
        Assert.Equal(200, live.Status);
        for (var watch = Stopwatch.StartNew(); (await bank.GetAsync("/health/ready")).Status != 200;)
        {
            await Task.Delay(100, Cancelled);
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), "It never became ready again.");
        }

        Assert.Equal(10, await bank.BalanceAsync(account));
        Assert.DoesNotContain(PasswordOf(url), process.Output + process.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_start_waits_for_a_database_that_comes_within_5_seconds()
    {
        await using var server = await PostgresServer.StartOwnAsync();
        var url = await server.CreateDatabaseAsync(Cancelled);
        await server.StopAsync();
        using var nobody = new TcpListener(IPAddress.Loopback, new Uri(url).Port);
        nobody.Start();
        await using var process = BankProcess.Launch(["--urls", "http://127.0.0.1:0", "--ConnectionStrings:bank", url]);

        (await nobody.AcceptSocketAsync(Cancelled)).Dispose();   // the first attempt, which fails
        nobody.Stop();
        await server.StartAgainAsync();

        using var bank = new BankClient(await process.AddressAsync());
        Assert.Equal(1, await bank.OpenAccountAsync(0));
    }

    private static string PasswordOf(string url) => new Uri(url).UserInfo.Split(':')[1];
}
