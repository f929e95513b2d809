using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>A bank whose transfers run serializable.</summary>
public abstract class SerializableContract : OwnBankContract
{
    [Fact]
    public async Task Concurrent_clients_eventually_get_201_or_409_and_no_cent_is_lost()
    {
        await using var process = await BankProcess.ServeAsync(Database.Url, more: BankProcess.Serializable);
        using var bank = process.Client();

        await TransferRace.RunAsync(bank, conflicts: true);

        process.Signal("TERM");
        Assert.Equal(0, await process.ExitAsync());
        Assert.Contains(
            "transfers  serializable, retried up to 3 times after a conflict", process.Output, StringComparison.Ordinal);
    }

    public sealed class OnSqlite : SerializableContract
    {
        private protected override Task<BankDatabase> CreateDatabaseAsync() => SqliteAsync();
    }

    [Trait("Needs", "PostgreSQL")]
    public sealed class OnPostgreSql : SerializableContract
    {
        private protected override Task<BankDatabase> CreateDatabaseAsync() => PostgresAsync();

        /// <summary>By the database's own word: only a serializable transaction has locks of this kind.</summary>
        [Fact]
        public async Task Concurrent_transfers_are_serializable()
        {
            await using var process = await BankProcess.ServeAsync(Database.Url, more: BankProcess.Serializable);
            using var bank = process.Client();
            var (ada, bob) = (await bank.OpenAccountAsync(100), await bank.OpenAccountAsync(0));
            Task<Answer> meeting;
            await using (var other = await Database.BeginAsync($"update accounts set balance = balance - 60 where id = {ada}"))
            {
                meeting = bank.TransferAsync(ada, bob, 60);
                await UntilAsync("pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()");
                await UntilAsync("pg_locks join pg_stat_activity using (pid) where mode = 'SIReadLock'");
                await using var commit = other.CreateCommand();
                commit.CommandText = "commit";
                await commit.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            }

            (await meeting).AssertProblem(409);   // tried again, on what is left
            Assert.Equal((40, 0), (await bank.BalanceAsync(ada), await bank.BalanceAsync(bob)));
        }

        private async Task UntilAsync(string thereAre)
        {
            await using var connection = await Database.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = $"select count(*) from {thereAre} and application_name like 'millpond/bank/%'";
            for (var end = DateTime.UtcNow.AddSeconds(30); (long)(await command.ExecuteScalarAsync())! == 0; await Task.Delay(10))
            {
                Assert.True(DateTime.UtcNow < end, $"There are none of {thereAre}.");
            }
        }
    }
}
