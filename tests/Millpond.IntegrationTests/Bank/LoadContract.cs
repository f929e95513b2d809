using System.Net.Sockets;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary><c>load</c>: transfers at a steady rate, then a table, and whether the money adds up.</summary>
public abstract class LoadContract : OwnBankContract
{
    private static readonly string[] Short = ["--seconds", "2", "--rate", "100", "--accounts", "100"];

    /// <summary>Gets the options that have the run's own bank use the database under test.</summary>
    private protected abstract string[] OwnDatabase { get; }

    [Fact]
    public async Task The_load_runs_its_own_bank_on_schedule_and_cleans_up()
    {
        await using var run = await LoadRun.EndAsync(0, [.. Short, .. OwnDatabase]);

        Assert.Contains("100 accounts, 100 of them new. 100 transfers/s for 2 s:", run.Output, StringComparison.Ordinal);
        Assert.Contains("The money adds up: ", run.Output, StringComparison.Ordinal);
        Assert.Equal(200, run.Number("all"));
        Assert.Equal(200, run.Number("confirmed") + run.Number("refused") + run.Number("unknown"));
        Assert.InRange(run.Number("201 Created"), 1, 200);
        Assert.Equal(run.Number("201 Created"), run.Number("confirmed"));
        Assert.Empty(run.Leftovers);
        await AssertGoneAsync(await run.AddressAsync());
    }

    [Fact]
    public async Task A_running_bank_is_loaded_beside_other_traffic_and_its_accounts_are_reused()
    {
        await using var process = await BankProcess.ServeAsync(Database.Url);
        using var bank = process.Client();
        var (ada, bob) = (await bank.OpenAccountAsync(100_000), await bank.OpenAccountAsync(0));
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var others = MoveAsync(bank, ada, bob, enough.Token);
        string[] load = ["--url", bank.Address.AbsoluteUri, "--accounts", "20", "--seconds", "1"];

        await using var first = await LoadRun.EndAsync(0, [.. load, "--rate", "50"]);
        await using var second = await LoadRun.EndAsync(0, [.. load, "--clients", "2", "--deadline", "5000"]);
        await enough.CancelAsync();
        await others;

        Assert.Contains("20 accounts, 20 of them new. ", first.Output, StringComparison.Ordinal);
        Assert.Contains("20 accounts, 0 of them new. 2 waiting clients for 1 s", second.Output, StringComparison.Ordinal);
        Assert.All([first, second], run => Assert.Contains("The money adds up: ", run.Output, StringComparison.Ordinal));
        Assert.Equal(22, (await bank.TotalsAsync()).Accounts);
    }

    private static async Task MoveAsync(BankClient bank, long from, long to, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            Assert.Equal(201, (await bank.TransferAsync(from, to, 1)).Status);
            await Task.Delay(20, enough).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private protected static async Task AssertGoneAsync(Uri address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var refused = await Assert.ThrowsAsync<SocketException>(() => socket.ConnectAsync(address.Host, address.Port));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }
}
