using System.Globalization;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>The receipts of a bank: one whole line for each transfer that was committed.</summary>
public abstract class ReceiptsContract : OwnBankContract
{
    [Fact]
    public async Task Every_committed_transfer_gets_exactly_one_complete_line_and_no_other_does()
    {
        await using var process = await BankProcess.ServeAsync(Database.Url);
        using var bank = process.Client();
        await TransferRace.RunAsync(bank);
        var ada = await bank.OpenAccountAsync(5);
        (await bank.TransferAsync(ada, long.MaxValue, 1)).AssertProblem(404);

        process.Signal("TERM");
        Assert.Equal(0, await process.ExitAsync());

        await AssertLinesAsync(process.Receipts);
    }

    [Fact]
    public async Task Two_banks_may_write_to_one_file()
    {
        await using var first = await BankProcess.ServeAsync(Database.Url);
        await using var second = await BankProcess.ServeAsync(Database.Url, more: ["--Bank:Receipts", first.Receipts]);
        using var one = first.Client();
        using var two = second.Client();
        var (ada, bob) = (await one.OpenAccountAsync(1_000), await one.OpenAccountAsync(1_000));

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(
            i => (i % 2 == 0 ? one : two).TransferAsync(i % 3 == 0 ? ada : bob, i % 3 == 0 ? bob : ada, 1)));
        Assert.All(answers, static answer => Assert.Equal(201, answer.Status));

        second.Signal("TERM");
        Assert.Equal(0, await second.ExitAsync());
        first.Signal("TERM");
        Assert.Equal(0, await first.ExitAsync());
        await AssertLinesAsync(first.Receipts);
    }

    [Fact]
    public async Task Without_a_name_there_is_no_file()
    {
        await using var process = await BankProcess.ServeAsync(Database.Url, more: ["--Bank:Receipts", ""]);
        using var bank = process.Client();
        var (ada, bob) = (await bank.OpenAccountAsync(1), await bank.OpenAccountAsync(0));

        Assert.Equal(201, (await bank.TransferAsync(ada, bob, 1)).Status);
        process.Signal("TERM");
        Assert.Equal(0, await process.ExitAsync());

        Assert.Contains("receipts   none", process.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(process.Receipts));
    }

    internal static string Line(BankBooks.Transfer transfer) => string.Create(
        CultureInfo.InvariantCulture,
        $"transfer {transfer.Id}: {transfer.Amount} from account {transfer.From} to account {transfer.To}");

    private async Task AssertLinesAsync(string file)
    {
        var text = await File.ReadAllTextAsync(file);
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var made = (await BankBooks.ReadAsync(Database)).Transfers;
        Assert.NotEmpty(made);
        Assert.Equal(
            made.Select(Line).Order(StringComparer.Ordinal),
            text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    public sealed class OnSqlite : ReceiptsContract
    {
        private protected override Task<BankDatabase> CreateDatabaseAsync() => SqliteAsync();
    }

    [Trait("Needs", "PostgreSQL")]
    public sealed class OnPostgreSql : ReceiptsContract
    {
        private protected override Task<BankDatabase> CreateDatabaseAsync() => PostgresAsync();
    }
}
