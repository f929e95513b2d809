using Xunit;

namespace Millpond.IntegrationTests.Bank;

public abstract class TransfersContract(BankFixture bank)
{
    private const long Most = 1_000_000_000_000_000;
    private readonly BankClient _bank = bank.Client;

    [Fact]
    public async Task A_transfer_moves_money_and_returns_201_without_Location()
    {
        var (ada, bob) = (await _bank.OpenAccountAsync(100), await _bank.OpenAccountAsync(0));

        var answer = await _bank.TransferAsync(ada, bob, 30);

        var id = answer.Json.GetProperty("id").GetInt64();
        Assert.Equal((201, null), (answer.Status, answer.Header("Location")));
        Assert.Equal($$"""{"id":{{id}},"from":{{ada}},"to":{{bob}},"amount":30}""", answer.Text);
        Assert.Equal((70, 30), (await _bank.BalanceAsync(ada), await _bank.BalanceAsync(bob)));
    }

    [Fact]
    public async Task A_transfer_to_a_lower_id_works_and_may_take_the_whole_balance()
    {
        var (ada, bob) = (await _bank.OpenAccountAsync(0), await _bank.OpenAccountAsync(100));

        Assert.Equal(201, (await _bank.TransferAsync(bob, ada, 100)).Status);

        Assert.Equal((100, 0), (await _bank.BalanceAsync(ada), await _bank.BalanceAsync(bob)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_transfer_with_insufficient_funds_is_409_and_persists_nothing(bool fromLower)
    {
        var (lower, higher) = (await _bank.OpenAccountAsync(10), await _bank.OpenAccountAsync(10));
        var before = await _bank.TotalsAsync();

        var answer = await _bank.TransferAsync(fromLower ? lower : higher, fromLower ? higher : lower, 11);

        answer.AssertProblem(409);
        Assert.Equal((10, 10), (await _bank.BalanceAsync(lower), await _bank.BalanceAsync(higher)));
        Assert.Equal(before, await _bank.TotalsAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_balance_raised_above_10_to_the_15th_is_400_and_persists_nothing(bool fromLower)
    {
        var lower = await _bank.OpenAccountAsync(fromLower ? 1 : Most);
        var higher = await _bank.OpenAccountAsync(fromLower ? Most : 1);
        var before = await _bank.TotalsAsync();

        var answer = await _bank.TransferAsync(fromLower ? lower : higher, fromLower ? higher : lower, 1);

        answer.AssertInvalid("amount");
        Assert.Equal(
            fromLower ? (1, Most) : (Most, 1), (await _bank.BalanceAsync(lower), await _bank.BalanceAsync(higher)));
        Assert.Equal(before, await _bank.TotalsAsync());
    }

    [Fact]
    public async Task An_account_can_be_filled_to_the_limit()
    {
        var (ada, bob) = (await _bank.OpenAccountAsync(Most), await _bank.OpenAccountAsync(0));

        Assert.Equal(201, (await _bank.TransferAsync(ada, bob, Most)).Status);

        Assert.Equal((0, Most), (await _bank.BalanceAsync(ada), await _bank.BalanceAsync(bob)));
    }

    [Fact]
    public async Task An_unknown_account_is_404_on_either_side_and_persists_nothing()
    {
        var ada = await _bank.OpenAccountAsync(100);
        var before = await _bank.TotalsAsync();
        long[] unknown = [long.MaxValue, 0, -1, long.MinValue];

        foreach (var id in unknown)
        {
            (await _bank.TransferAsync(ada, id, 30)).AssertProblem(404);
            (await _bank.TransferAsync(id, ada, 30)).AssertProblem(404);
        }

        (await _bank.TransferAsync(0, long.MaxValue, 30)).AssertProblem(404);
        Assert.Equal(100, await _bank.BalanceAsync(ada));
        Assert.Equal(before, await _bank.TotalsAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(Most + 1)]
    [InlineData(long.MaxValue)]
    public async Task An_invalid_amount_is_400_before_accounts_are_read(long amount) =>
        (await _bank.TransferAsync(0, -1, amount)).AssertInvalid("amount");

    [Fact]
    public async Task The_same_account_twice_is_400_before_accounts_are_read() =>
        (await _bank.TransferAsync(-7, -7, 1)).AssertInvalid("to");

    [Fact]
    public async Task A_missing_account_is_reported_before_insufficient_funds_and_that_before_a_full_target()
    {
        var (poor, full) = (await _bank.OpenAccountAsync(0), await _bank.OpenAccountAsync(Most));

        (await _bank.TransferAsync(poor, long.MaxValue, 1)).AssertProblem(404);
        (await _bank.TransferAsync(poor, full, 1)).AssertProblem(409);
    }

    [Fact]
    public async Task An_unreadable_body_is_reported_before_other_errors() =>
        (await _bank.PostAsync("/transfers", """{"from":"1","to":1,"amount":0.5}""")).AssertInvalid("from", "amount");

    [Fact]
    public Task Concurrent_clients_get_201_or_409_and_no_cent_is_lost() => TransferRace.RunAsync(_bank);

    [Collection(SqliteBank.Name)]
    public sealed class OnSqlite(SqliteBank bank) : TransfersContract(bank);

    [Collection(PostgresBank.Name)]
    [Trait("Needs", "PostgreSQL")]
    public sealed class OnPostgreSql(PostgresBank bank) : TransfersContract(bank);
}
