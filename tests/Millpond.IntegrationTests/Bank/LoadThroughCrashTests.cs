using System.Globalization;
using Millpond.IntegrationTests.Servers;
using Millpond.Testing.Servers;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary><c>load</c> while the floor is pulled away: its books are right all the same.</summary>
public sealed class LoadThroughCrashTests
{
    private static readonly string[] Load = ["--seconds", "6", "--rate", "100", "--accounts", "100"];

    [Fact]
    [Trait("Needs", "PostgreSQL")]
    public async Task The_money_of_a_load_adds_up_despite_PostgreSQL_crashes()
    {
        await using var server = await PostgresServer.StartOwnAsync();
        await using var database = await PostgresBankDatabase.CreateAsync(server);
        await using var run = LoadRun.Start([.. Load, "--ConnectionStrings:bank", database.Url]);
        await UntilUnderWayAsync(database);

        await server.StopAsync(TestServerStop.Immediate);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        await server.StartAgainAsync();

        await AssertAddsUpAsync(run);   // who was not executing waits for the server, so nobody may have failed (G12)
    }

    [Fact]
    public async Task The_money_of_a_load_adds_up_although_the_bank_is_killed_and_restarted()
    {
        await using var database = new SqliteBankDatabase();
        var port = FreePort.Find().ToString(CultureInfo.InvariantCulture);
        string[] here = ["--urls", $"http://127.0.0.1:{port}"];
        await using var first = await BankProcess.ServeAsync(database.Url, null, here);
        await using var run = LoadRun.Start([.. Load, "--url", $"http://127.0.0.1:{port}"]);
        await UntilUnderWayAsync(database);

        first.Signal("KILL");
        await first.ExitAsync();
        await using var second = await BankProcess.ServeAsync(database.Url, null, here);

        await AssertAddsUpAsync(run);
        Assert.InRange(run.Number("connection refused"), 1, 600);
    }

    /// <summary>Waits until the scheduled transfers run: there are more than those of the warm-up.</summary>
    private static async Task UntilUnderWayAsync(BankDatabase database)
    {
        var end = DateTime.UtcNow + TimeSpan.FromSeconds(60);
        while (await CountAsync(database) < 150)
        {
            Assert.True(DateTime.UtcNow < end, "The load did not begin.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<long> CountAsync(BankDatabase database)
    {
        try
        {
            await using var connection = await database.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "select count(*) from transfers";
            return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
        }
        catch (System.Data.Common.DbException)
        {
            return 0;   // its tables are not made yet
        }
    }

    private static async Task AssertAddsUpAsync(LoadRun run)
    {
        var exitCode = await run.ExitAsync();
        Assert.True(exitCode == 0, $"Exit code {exitCode}:\n{run.Output}\n{run.Errors}");
        Assert.Contains("The money adds up: ", run.Output, StringComparison.Ordinal);
        Assert.Equal(600, run.Number("all"));
        Assert.Equal(600, run.Number("confirmed") + run.Number("refused") + run.Number("unknown"));
        Assert.InRange(run.Number("201 Created"), 100, 600);
    }
}
