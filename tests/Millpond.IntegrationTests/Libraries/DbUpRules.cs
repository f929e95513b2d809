using DbUp.Builder;
using DbUp.Engine.Transactions;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

/// <summary>DbUp on a session's connection, in each of its modes, on every database.</summary>
public abstract class DbUpRules : LibraryTestBase
{
    private static readonly string[] Scripts =
        ["create table notes (id integer, name text)", "insert into notes values (1, 'a'); insert into notes values (2, 'b')"];

    [Theory]
    [InlineData(TransactionMode.NoTransaction, true)]
    [InlineData(TransactionMode.SingleTransaction, true)]
    [InlineData(TransactionMode.TransactionPerScript, true)]
    [InlineData(TransactionMode.TransactionPerScript, false)]
    public async Task F07_DbUp_upgrades_in_the_sessions_transaction_in_all_of_its_modes(TransactionMode mode, bool commits)
    {
        await using (var session = CreateBlockingEngine().OpenSession())
        {
            var result = In(mode, Deploy(session)).WithScript("1.sql", Scripts[0]).WithScript("2.sql", Scripts[1]).Build()
                .PerformUpgrade();
            Assert.True(result.Successful, $"{result.Error}");
            Assert.Equal(2, await ScalarAsync<int>(session, "select count(*) from notes", Token));
            Assert.False(In(mode, Deploy(session)).WithScript("1.sql", Scripts[0]).Build().IsUpgradeRequired());
            await (commits ? session.CommitAsync(Token) : session.RollbackAsync(Token));
        }

        await using var next = CreateBlockingEngine().OpenSession();
        Assert.Equal(!commits, In(mode, Deploy(next)).WithScript("1.sql", Scripts[0]).Build().IsUpgradeRequired());
    }

    [Fact]
    public async Task F07_A_failing_script_in_DbUps_own_transaction_is_rolled_back()
    {
        await using var session = CreateBlockingEngine().OpenSession();
        var result = In(TransactionMode.TransactionPerScript, Deploy(session)).WithScript("1.sql", Scripts[0])
            .WithScript("2.sql", "insert into notes values (1, 'a'); insert into nowhere values (1)").Build().PerformUpgrade();
        Assert.Equal((false, "2.sql"), (result.Successful, result.ErrorScript.Name));
        Assert.Equal(0, await ScalarAsync<int>(session, "select count(*) from notes", Token));
        await session.CommitAsync(Token);
    }

    [Fact]
    public async Task S13_DbUp_is_synchronous_and_rejected_unless_synchronous_calls_are_allowed()
    {
        await using var session = Engine.OpenSession();
        var result = Deploy(session).WithScript("1.sql", Scripts[0]).Build().PerformUpgrade();
        Assert.IsType<SynchronousCallException>(result.Error);
    }

    protected abstract UpgradeEngineBuilder Deploy(DbSession session);

    private static UpgradeEngineBuilder In(TransactionMode mode, UpgradeEngineBuilder builder) => mode switch
    {
        TransactionMode.SingleTransaction => builder.WithTransaction(),
        TransactionMode.TransactionPerScript => builder.WithTransactionPerScript(),
        _ => builder.WithoutTransaction(),
    };
}
