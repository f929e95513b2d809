using System.Diagnostics;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>What clients keep when the service itself goes down under them, three times in a row.</summary>
public abstract class CrashContract : OwnBankContract
{
    private const int Rounds = 3;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    // What the bank gives its requests to end; none of these needs it.
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Every_201_survives_a_kill_of_the_service_which_responds_within_5_seconds()
    {
        var random = new Random(9);
        List<TimeSpan> answered = [];
        await using var crash = await ServiceCrash.BeginAsync(Database, seed: 1, Options);
        for (var round = 0; round < Rounds; round++)
        {
            await crash.UntilUnderWayAsync(100 + random.Next(150), TimeSpan.FromMilliseconds(random.Next(20)));
            var held = await ConnectionsAsync();
            var killed = crash.Strike("KILL");
            Assert.NotEqual(0, await crash.ExitAsync());
            await AssertGoneAsync(held);

            answered.Add(await crash.ServeAgainAsync());
            Tell($"Killed with {crash.UnderWay(killed)} under way; the next answered in {answered[^1].TotalSeconds:0.00} s");
        }

        var unknown = await crash.ReconcileAsync();
        Tell($"{crash.Ledger.Summary()}; {unknown.Count} of the unknown are there");
        crash.Ledger.AssertOnly(["201", "409", TransferReply.Cut, TransferReply.NotThere, .. Conflicts]);
        Assert.All(crash.Strikes, moment => Assert.InRange(crash.UnderWay(moment), TransferCrowd.Size / 2, TransferCrowd.Size));
        Assert.InRange(answered.Min(), TimeSpan.Zero, Limit);   // a busy machine only ever adds to what a start takes
    }

    [Fact]
    public async Task Every_transfer_during_a_shutdown_gets_a_response_and_the_shutdown_is_in_time()
    {
        var random = new Random(10);
        await using var crash = await ServiceCrash.BeginAsync(Database, seed: 2, Options);
        for (var round = 0; round < Rounds; round++)
        {
            await crash.UntilUnderWayAsync(100 + random.Next(150), TimeSpan.FromMilliseconds(random.Next(20)));
            var told = crash.Strike("TERM");
            var code = await crash.ExitAsync();
            var took = Stopwatch.GetElapsedTime(told);
            Tell($"Told to stop with {crash.UnderWay(told)} requests under way; ended after {took.TotalSeconds:0.00} s");

            Assert.Equal((0, ""), (code, crash.Errors));
            Assert.InRange(took, TimeSpan.Zero, EndLimit);
            await crash.ServeAgainAsync();
        }

        var unknown = await crash.ReconcileAsync();
        Tell(crash.Ledger.Summary());
        crash.Ledger.AssertOnly(["201", "409", "503 MILL1002", TransferReply.Cut, TransferReply.NotThere, .. Conflicts]);
        Assert.All(crash.Strikes, moment => Assert.InRange(crash.UnderWay(moment), TransferCrowd.Size / 2, TransferCrowd.Size));
        Assert.Empty(unknown);   // whoever was cut off was not served either

        Assert.Equal(0, await crash.EndAsync());
        var made = (await BankBooks.ReadAsync(Database)).Transfers;
        Assert.Equal(
            made.Select(ReceiptsContract.Line).Order(StringComparer.Ordinal), crash.Receipts.Order(StringComparer.Ordinal));
    }

    /// <summary>What the service has open at the database, where the database can tell.</summary>
    private protected virtual Task<IReadOnlyList<int>> ConnectionsAsync() => Task.FromResult<IReadOnlyList<int>>([]);

    /// <summary>Waits until the database has noticed that those who had these connections are no more.</summary>
    private protected virtual Task AssertGoneAsync(IReadOnlyList<int> connections) => Task.CompletedTask;

    private static void Tell(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    /// <summary>The options of the bank.</summary>
    private protected virtual string[] Options => [];

    private string[] Conflicts => Options.Contains(BankProcess.Serializable) ? [TransferReply.Conflict] : [];

    [Collection(CrashesAlone.Name)]
    public sealed class OnSqlite : CrashContract
    {
        private protected override Task<BankDatabase> CreateDatabaseAsync() => SqliteAsync();
    }

    /// <summary>SQLite has no other isolation level, so it needs no such class.</summary>
    [Trait("Needs", "PostgreSQL")]
    [Collection(CrashesAlone.Name)]
    public sealed class SerializableOnPostgreSql : OnPostgreSql
    {
        private protected override string[] Options => [BankProcess.Serializable];
    }

    [Trait("Needs", "PostgreSQL")]
    [Collection(CrashesAlone.Name)]
    public class OnPostgreSql : CrashContract
    {
        private protected override async Task<IReadOnlyList<int>> ConnectionsAsync()
        {
            var backends = await BankBackends.ReadAsync(Database);
            Assert.NotEmpty(backends);
            return backends;
        }

        /// <summary>An open transaction of the dead would hold its locks and its snapshot for ever.</summary>
        private protected override async Task AssertGoneAsync(IReadOnlyList<int> connections)
        {
            for (var watch = Stopwatch.StartNew(); (await BankBackends.ReadAsync(Database)).Intersect(connections).Any();)
            {
                Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), "Connections of the dead are still open.");
                await Task.Delay(20);
            }
        }

        private protected override Task<BankDatabase> CreateDatabaseAsync() => PostgresAsync();
    }
}
