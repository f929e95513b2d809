using System.Data.Common;
using Millpond.IntegrationTests.Servers;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>What clients keep when PostgreSQL goes down under the bank, and how soon they are served again.</summary>
[Collection(CrashCollection.Name)]
[Trait("Needs", "PostgreSQL")]
public sealed class PostgresCrashTests
{
    private const int Rounds = 3;

    [Theory]
    [InlineData("fast", 11)]
    [InlineData("immediate", 12)]
    public async Task Every_201_outlives_a_restart_and_everybody_is_served_within_5_seconds_of_the_return(string mode, int seed)
    {
        var random = new Random(seed);
        await using var crash = await DatabaseCrash.BeginAsync(seed);
        for (var round = 0; round < Rounds; round++)
        {
            await crash.UntilUnderWayAsync(100 + random.Next(150), TimeSpan.FromMilliseconds(random.Next(20)));
            await crash.RestartAsync(
                mode == "fast" ? PostgresStop.Fast : PostgresStop.Immediate, TimeSpan.FromMilliseconds(random.Next(500)));
        }

        await crash.AssertRecoveredAsync();
    }

    [Fact]
    public async Task Every_201_outlives_the_kill_of_a_backend_and_everybody_is_served_within_5_seconds_of_the_return()
    {
        var random = new Random(13);
        await using var crash = await DatabaseCrash.BeginAsync(seed: 13);
        for (var round = 0; round < Rounds; round++)
        {
            await crash.UntilUnderWayAsync(100 + random.Next(150), TimeSpan.FromMilliseconds(random.Next(20)));
            var backends = await BankBackends.ReadAsync(crash.Database);
            await crash.KillAsync(backends[random.Next(backends.Count)]);
        }

        await crash.AssertRecoveredAsync();
    }
}
