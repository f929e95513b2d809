using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Millpond.IntegrationTests.Load;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>On SQLite also what does not depend on the database.</summary>
public sealed class SqliteLoadTests : LoadContract
{
    private protected override string[] OwnDatabase => [];

    private protected override Task<BankDatabase> CreateDatabaseAsync() => SqliteAsync();

    [Fact]
    public Task The_audit_finds_a_changed_balance() => TamperAsync(
        [" but should hold "], "update accounts set balance = balance + 1 where id = new.to_account");

    [Fact]
    public Task The_audit_finds_lost_changed_and_duplicate_transfers() => TamperAsync(
        [
            " was answered 201 but is not listed: ",
            " but is listed as ",
            " is listed more often than it was confirmed: ",
        ],
        "delete from transfers where id = new.id",
        "update transfers set amount = amount + 1 where id = new.id",
        "insert into transfers (from_account, to_account, amount) values (new.from_account, new.to_account, new.amount)");

    [Theory]
    [InlineData(StatusCodes.Status409Conflict, 1, " was refused but is listed: ")]
    [InlineData(StatusCodes.Status502BadGateway, 0, "The money adds up: ")]
    public async Task A_rejected_transfer_must_not_be_made_and_one_without_a_response_may_be(
        int answer, int exitCode, string message)
    {
        await using var process = await BankProcess.ServeAsync(Database.Url);
        using var bank = process.Client();
        await using var front = await BankFront.StartAsync(bank.Address, everyTenth: answer);

        await using var run = await LoadRun.EndAsync(
            exitCode, "--url", front.Address, "--accounts", "20", "--seconds", "1", "--rate", "60");

        Assert.Contains(message, run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("KILL")]
    public async Task The_loads_own_bank_ends_with_every_kind_of_exit(string signal)
    {
        await using var run = LoadRun.Start("--seconds", "60", "--accounts", "2");
        var address = await run.AddressAsync();

        run.Signal(signal);
        var code = await run.ExitAsync();

        await UntilGoneAsync(address);
        if (signal == "INT")
        {
            Assert.Equal((130, "Interrupted: the money was not checked."), (code, run.Errors));
            Assert.Empty(run.Leftovers);
        }
    }

    [Fact]
    public async Task An_address_without_a_listener_is_reported_in_one_sentence()
    {
        await using var run = await LoadRun.EndAsync(1, "--url", "http://127.0.0.1:1");

        Assert.Equal(("", "http://127.0.0.1:1/ cannot be reached: connection refused."), (run.Output, run.Errors));
    }

    [Fact]
    public async Task An_address_that_is_not_a_bank_is_reported_in_one_sentence()
    {
        await using var site = await LoadSite.StartAsync((context, _) => context.Response.WriteAsync("<html>"));

        await using var run = await LoadRun.EndAsync(1, "--url", site.Address);

        Assert.Equal($"{site.Address}/ gave an unexpected answer to GET /totals. Is it a bank?", run.Errors);
    }

    [Fact]
    public async Task The_loads_own_bank_reports_why_it_cannot_start()
    {
        await using var run = await LoadRun.EndAsync(1, "--ConnectionStrings:bank", "nonsense");

        Assert.Contains("ConnectionStrings:bank", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
        Assert.Empty(run.Leftovers);
    }

    [Theory]
    [InlineData("--rate needs a number from 0.1 to 100000, not '0'.", "--rate", "0")]
    [InlineData(
        "--Millpond:bank:PoolSize is for a bank that this command starts, but --url names a running one.",
        "--Millpond:bank:PoolSize=5", "--url", "http://127.0.0.1:1")]
    [InlineData("--rate times --seconds is 10,000,000 transfers; one run can check 5,000,000.", "--rate=10000", "--seconds=1000")]
    public async Task An_invalid_option_is_reported_in_one_sentence_with_exit_code_2(string sentence, params string[] arguments)
    {
        await using var run = await LoadRun.EndAsync(2, arguments);

        Assert.Equal(("", $"{sentence} See load --help."), (run.Output, run.Errors));
    }

    /// <summary>Runs against a bank that does each of these things once in forty transfers.</summary>
    private async Task TamperAsync(string[] messages, params string[] tampering)
    {
        await using var process = await BankProcess.ServeAsync(Database.Url);
        foreach (var (number, statement) in tampering.Index())
        {
            await Database.ExecuteAsync(
                $"create trigger t{number} after insert on transfers when new.id % 40 = {number * 10} begin {statement}; end");
        }

        using var bank = process.Client();
        await using var run = await LoadRun.EndAsync(
            1, "--url", bank.Address.AbsoluteUri, "--accounts", "20", "--seconds", "1", "--rate", "80");

        Assert.All(messages, message => Assert.Contains(message, run.Output, StringComparison.Ordinal));
        Assert.Contains("The money does not add up. --seed ", run.Output, StringComparison.Ordinal);
    }

    private static async Task UntilGoneAsync(Uri address)
    {
        for (var attempt = 0; attempt < 300; attempt++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(address.Host, address.Port);
            }
            catch (SocketException)
            {
                return;
            }

            await Task.Delay(100);
        }

        Assert.Fail($"The bank at {address} is still there.");
    }
}
