using Millpond;

[assembly: ReturnDatabases]

namespace SqlFiles.Tests;

public sealed class EntryTests
{
    private static readonly Databases Databases = Databases.PostgreSql(DatabaseTemplate.FromFiles("schema"));

    [Test]
    public async Task Entries_add_up(CancellationToken cancellationToken)
    {
        var db = await Databases.AcquireForTestAsync();
        await MoveAsync(db, 30, cancellationToken);
        await MoveAsync(db, 12, cancellationToken);

        var balance = await db.Engine.RunAsync(
            static (session, token) => session.QuerySingleAsync<long>(
                $"select balance from balances where account = {"bob"}", token),
            cancellationToken);

        await Assert.That(balance).IsEqualTo(42);
    }

    [Test]
    public async Task An_entry_of_nothing_leaves_nothing(CancellationToken cancellationToken)
    {
        var db = await Databases.AcquireForTestAsync(TestIsolation.Sandbox);

        await DatabaseExpect.RollsBackAsync<System.Data.Common.DbException>(
            db, () => MoveAsync(db, 0, cancellationToken), cancellationToken);
    }

    [Test]
    public async Task No_fault_leaves_one_entry_of_two(CancellationToken cancellationToken)
    {
        var db = await Databases.AcquireForTestAsync();

        await db.SweepAsync(token => MoveAsync(db, 30, token), cancellationToken: cancellationToken);
    }

    /// <summary>Fails if SHOW_A_FAILURE is set, to see what the output of a failed test says about its database.</summary>
    [Test]
    public async Task A_failure_shows_its_rows(CancellationToken cancellationToken)
    {
        var db = await Databases.AcquireForTestAsync();
        await MoveAsync(db, 30, cancellationToken);

        await Assert.That(Environment.GetEnvironmentVariable("SHOW_A_FAILURE")).IsNull();
    }

    private static Task MoveAsync(TestDatabase db, long amount, CancellationToken cancellationToken) => db.Engine.RunAsync(
        async (session, token) =>
        {
            await session.ExecuteAsync($"insert into entries (account, amount) values ({"ada"}, {-amount})", token);
            await session.ExecuteAsync($"insert into entries (account, amount) values ({"bob"}, {amount})", token);
        },
        cancellationToken);
}
