using Xunit;

namespace Millpond.IntegrationTests.Bank;

public abstract class TransfersContract(BankFixture bank)
{
    private const long Most = 1_000_000_000_000_000;
    private readonly BankClient _bank = bank.Client;

    [Fact]
    public async Task A_transfer_moves_money_and_answers_201_without_location()
    {
        var (ada, bob) = (await _bank.OpenAccountAsync(100), await _bank.OpenAccountAsync(0));

        var answer = await _bank.TransferAsync(ada, bob, 30);

        var id = answer.Json.GetProperty("id").GetInt64();
        Assert.Equal((201, null), (answer.Status, answer.Header("Location")));
        Assert.Equal($$"""{"id":{{id}},"from":{{ada}},"to":{{bob}},"amount":30}""", answer.Text);
        Assert.Equal((70, 30), (await _bank.BalanceAsync(ada), await _bank.BalanceAsync(bob)));
    }

    [Fact]
    public async Task It_works_towards_the_lower_id_too_and_may_take_all_there_is()
    {
        var (ada, bob) = (await _bank.OpenAccountAsync(0), await _bank.OpenAccountAsync(100));

        Assert.Equal(201, (await _bank.TransferAsync(bob, ada, 100)).Status);

        Assert.Equal((100, 0), (await _bank.BalanceAsync(ada), await _bank.BalanceAsync(bob)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_transfer_without_funds_answers_409_and_persists_nothing(bool fromLower)
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
    public async Task A_target_lifted_above_10_to_the_15th_is_400_and_persists_nothing(bool fromLower)
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
    public async Task An_account_can_be_filled_to_the_brim()
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
    public async Task An_amount_below_1_or_above_10_to_the_15th_is_400_before_anyone_looks_for_accounts(long amount) =>
        (await _bank.TransferAsync(0, -1, amount)).AssertInvalid("amount");

    [Fact]
    public async Task The_same_account_twice_is_400_before_anyone_looks_for_it() =>
        (await _bank.TransferAsync(-7, -7, 1)).AssertInvalid("to");

    [Fact]
    public async Task A_missing_account_comes_before_missing_funds_and_missing_funds_before_a_full_target()
    {
        var (poor, full) = (await _bank.OpenAccountAsync(0), await _bank.OpenAccountAsync(Most));

        (await _bank.TransferAsync(poor, long.MaxValue, 1)).AssertProblem(404);
        (await _bank.TransferAsync(poor, full, 1)).AssertProblem(409);
    }

    [Fact]
    public async Task A_body_that_cannot_be_read_comes_before_everything() =>
        (await _bank.PostAsync("/transfers", """{"from":"1","to":1,"amount":0.5}""")).AssertInvalid("from", "amount");

    [Fact]
    public Task Racing_clients_get_201_or_409_and_no_cent_is_lost() => TransferRace.RunAsync(_bank);

    [Collection(SqliteBank.Name)]
    public sealed class OnSqlite(SqliteBank bank) : TransfersContract(bank);

    [Collection(PostgresBank.Name)]
    [Trait("Needs", "PostgreSQL")]
    public sealed class OnPostgreSql(PostgresBank bank) : TransfersContract(bank);
}
