using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>What clients keep when PostgreSQL goes down under the bank, and how soon they are served again.</summary>
[Collection(CrashesAlone.Name)]
[Trait("Needs", "PostgreSQL")]
public sealed class PostgresCrashTests
{
    /// <summary>The server restarts in order, as after a crash, and after the kill of a backend, each twice.</summary>
    [Theory]
    [InlineData(11)]
    [InlineData(17, BankProcess.Serializable)]
    public async Task Every_201_survives_restarts_and_killed_backends_and_all_requests_succeed_within_5_seconds_of_the_recovery(
        int seed, params string[] options)
    {
        var random = new Random(seed);
        await using var crash = await DatabaseCrash.BeginAsync(seed, options);
        TestServerStop?[] strikes =
            [TestServerStop.Fast, TestServerStop.Fast, TestServerStop.Immediate, TestServerStop.Immediate, null, null];
        foreach (var mode in strikes)
        {
            await crash.UntilUnderWayAsync(100 + random.Next(150), TimeSpan.FromMilliseconds(random.Next(20)));
            if (mode is { } stop)
            {
                await crash.RestartAsync(stop, TimeSpan.FromMilliseconds(random.Next(500)));
            }
            else
            {
                var backends = await BankBackends.ReadAsync(crash.Database);
                await crash.KillAsync(backends[random.Next(backends.Count)]);
            }
        }

        await crash.AssertRecoveredAsync();
    }

    /// <summary>Nobody asked while the server was away, so every connection in the pool is dead when somebody does.</summary>
    [Fact]
    public async Task A_bank_that_was_idle_during_a_restart_fails_no_request()
    {
        await using var crash = await DatabaseCrash.BeginAsync(seed: 14);
        await crash.SleepThroughRestartAsync();

        List<string> replies = [];
        for (var i = 0; i < 30; i++)
        {
            var answer = await crash.Bank.TransferAsync(1, 2, 1);
            replies.Add(TransferReply.Of(answer, 1, 2, 1, lacksMoney: false).What);
        }

        Assert.All(replies, static reply => Assert.Equal("201", reply));   // S19
    }

    [Fact]
    public async Task A_bank_that_was_idle_during_a_restart_is_ready_immediately()
    {
        await using var crash = await DatabaseCrash.BeginAsync(seed: 15);
        await crash.SleepThroughRestartAsync();

        Assert.Equal(200, (await crash.Bank.GetAsync("/health/ready")).Status);
    }

    /// <summary>The server ends one connection as an administrator would, now and then, and goes on.</summary>
    [Theory]
    [InlineData(16)]
    [InlineData(20, BankProcess.Serializable)]
    public async Task A_connection_terminated_by_the_server_fails_at_most_one_request(int seed, params string[] options)
    {
        const int Ends = 4;
        var random = new Random(seed);
        await using var database = await PostgresBankDatabase.CreateAsync();
        await using var process = await BankProcess.ServeAsync(database.Url, more: options);
        await using var crowd = await TransferCrowd.StartAsync(await process.AddressAsync(), seed);
        for (var round = 0; round < Ends; round++)
        {
            await crowd.UntilMadeAsync(100 + random.Next(150));
            var backends = await BankBackends.ReadAsync(database);
            await database.ExecuteAsync($"select pg_terminate_backend({backends[random.Next(backends.Count)]})");
            await crowd.UntilAllServedAsync(20);   // so many that the dead connection has been somebody's
        }

        await crowd.StopAsync();
        TestContext.Current.TestOutputHelper?.WriteLine(crowd.Ledger.Summary());
        await crowd.Ledger.ReconcileAsync(database, TransferCrowd.Opening);
        Assert.InRange(crowd.Ledger.Attempts.Count(a => !a.IsServed), 0, Ends);   // none where it was idle (S19)
        crowd.Ledger.AssertOnly(
            ["201", "409", "503 MILL2001", "500 MILL3006", .. options.Length > 0 ? TransferReply.AfterAttempts : []]);
    }
}
