using Xunit;

namespace Millpond.IntegrationTests.Bank;

public abstract class TotalsContract(BankFixture bank)
{
    private readonly BankClient _bank = bank.Client;

    [Fact]
    public async Task Totals_count_accounts_transfers_and_cents()
    {
        var before = await _bank.TotalsAsync();
        var (ada, bob) = (await _bank.OpenAccountAsync(1_999_999_999), await _bank.OpenAccountAsync(1));
        await _bank.TransferAsync(ada, bob, 5);

        var after = await _bank.TotalsAsync();

        Assert.Equal(new(before.Accounts + 2, before.Balance + 2_000_000_000, before.Transfers + 1), after);
    }

    [Fact]
    public async Task Totals_are_exact_beyond_2_to_the_63rd()
    {
        var before = await _bank.TotalsAsync();
        await bank.Database.FillAsync("accounts (owner, balance)", "'rich', 1000000000000000", 10_000);
        await _bank.OpenAccountAsync(7);

        var after = await _bank.TotalsAsync();

        var added = ((Int128)10_000 * 1_000_000_000_000_000) + 7;
        Assert.Equal(before with { Accounts = before.Accounts + 10_001, Balance = before.Balance + added }, after);
        Assert.True(after.Balance > long.MaxValue);
    }

    [Fact]
    public async Task Totals_are_one_object_of_plain_numbers() =>
        Assert.Matches("^\\{\"accounts\":\\d+,\"balance\":\\d+,\"transfers\":\\d+\\}$", (await _bank.GetAsync("/totals")).Text);

    [Collection(SqliteBank.Name)]
    public sealed class OnSqlite(SqliteBank bank) : TotalsContract(bank);

    [Collection(PostgresBank.Name)]
    [Trait("Needs", "PostgreSQL")]
    public sealed class OnPostgreSql(PostgresBank bank) : TotalsContract(bank);
}
