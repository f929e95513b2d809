using System.Text;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

public abstract class ExportContract : OwnBankContract
{
    private const string Request = "GET /transfers/export HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    private const string End = "\r\n0\r\n\r\n";

    [Fact]
    public async Task An_export_has_each_transfer_once_in_ascending_order_and_is_empty_without_any()
    {
        await using var process = await BankProcess.ServeAsync(Database.Url);
        using var bank = process.Client();
        var expected = new StringBuilder();
        var rows = 0;
        foreach (var size in new[] { 0, 1, 999, 1000, 1001, 2500 })   // about the ends of its pages
        {
            await FillAsync(bank, size - rows);
            while (rows < size)
            {
                rows++;
                expected.Append($$"""{"id":{{rows}},"from":1,"to":2,"amount":7}""").Append('\n');
            }

            var answer = await bank.GetAsync("/transfers/export");

            Assert.Equal((200, "application/x-ndjson"), (answer.Status, answer.Header("Content-Type")));
            Assert.Equal(expected.ToString(), answer.Text);
        }
    }

    [Fact]
    public async Task Gaps_between_ids_do_not_end_a_list()
    {
        await using var process = await BankProcess.ServeAsync(Database.Url);
        using var bank = process.Client();
        await FillAsync(bank, 4000);
        await Database.ExecuteAsync("delete from transfers where id > 500 and id < 3500 or id = 1");

        var lines = (await bank.GetAsync("/transfers/export")).Text.Split('\n');

        Assert.Equal(499 + 501 + 1, lines.Length);   // what follows the last LF is empty
    }

    [Fact]
    public async Task A_failure_during_an_export_aborts_the_connection()
    {
        await using var process = await BankProcess.ServeAsync(Database.Url);
        using var bank = process.Client();
        await FillAsync(bank, 100_000);
        using var reader = await RawClient.ConnectAsync(bank.Address, receiveBuffer: 4096);
        await reader.SendAsync(Request);
        var start = await reader.ReadAsync();

        await Database.ExecuteAsync("alter table transfers rename to elsewhere");
        var rest = await reader.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 200 ", start, StringComparison.Ordinal);
        Assert.DoesNotContain("\"id\":100000,", rest, StringComparison.Ordinal);
        Assert.False(rest.EndsWith(End, StringComparison.Ordinal), "The export looked complete.");
        (await bank.GetAsync("/transfers/export")).AssertProblem(500);   // before the first byte it is an ordinary error
        await Database.ExecuteAsync("alter table elsewhere rename to transfers");
        var whole = (await bank.GetAsync("/transfers/export")).Text;
        Assert.EndsWith("{\"id\":100000,\"from\":1,\"to\":2,\"amount\":7}\n", whole, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clients_that_never_read_use_little_memory_and_block_nobody()
    {
        await using var process = await BankProcess.ServeAsync(Database.Url);
        using var bank = process.Client();
        await FillAsync(bank, 100_000);
        await bank.GetAsync("/transfers/export");
        var before = process.Memory;

        var idle = new List<RawClient>();
        for (var i = 0; i < 60; i++)
        {
            idle.Add(await RawClient.ConnectAsync(bank.Address, receiveBuffer: 4096));
            await idle[i].SendAsync(Request);
        }

        foreach (var client in idle)
        {
            // It is under way; from now on nobody reads.
            Assert.StartsWith("HTTP/1.1 200 ", await client.ReadAsync(), StringComparison.Ordinal);
        }

        for (var i = 0; i < 20; i++)
        {
            var transfer = await bank.TransferAsync(2, 1, 1);
            Assert.True(transfer.Status == 201, $"{transfer}\n{process.Output}");
            var totals = await bank.GetAsync("/totals");
            Assert.True(totals.Status == 200, $"{totals}\n{process.Output}");
        }

        Assert.Equal(200, (await bank.GetAsync("/health/ready")).Status);
        Assert.All(idle, client => Assert.InRange(client.Unread, 1, 1_000_000));   // of 4 MB: the server waits for its readers
        Assert.InRange((process.Memory - before) / 1_000_000, -1000, 120);         // 60 whole exports would be 240 MB and more
        idle.ForEach(client => client.Dispose());
    }

    private async Task FillAsync(BankClient bank, int transfers)
    {
        await bank.OpenAccountAsync(1_000);
        await bank.OpenAccountAsync(1_000);
        if (transfers > 0)
        {
            await Database.FillAsync("transfers (from_account, to_account, amount)", "1, 2, 7", transfers);
        }
    }

    public sealed class OnSqlite : ExportContract
    {
        private protected override Task<BankDatabase> CreateDatabaseAsync() => SqliteAsync();
    }

    [Trait("Needs", "PostgreSQL")]
    public sealed class OnPostgreSql : ExportContract
    {
        private protected override Task<BankDatabase> CreateDatabaseAsync() => PostgresAsync();
    }
}
