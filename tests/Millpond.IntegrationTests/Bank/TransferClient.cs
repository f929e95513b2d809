using System.Diagnostics;
using System.Net.Sockets;

namespace Millpond.IntegrationTests.Bank;

/// <summary>One of a crowd: asks for transfers, one after the other, over a connection of its own.</summary>
internal sealed class TransferClient(int number, TransferCrowd crowd, IReadOnlyList<long> accounts, int seed)
{
    // More than there is in the bank: the transfer is written, and rolled back by its 409.
    private const long TooMuch = 1_000_000_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Random _random = new(seed);
    private int _inARow;

    /// <summary>Gets how many requests were served one after the other, up to now.</summary>
    public int ServedInARow => Volatile.Read(ref _inARow);

    public void CountAnew() => Volatile.Write(ref _inARow, 0);

    public async Task RunAsync()
    {
        BankClient? bank = null;
        try
        {
            while (!crowd.IsOver)
            {
                if (bank?.Address != crowd.Address)
                {
                    bank?.Dispose();
                    bank = new BankClient(crowd.Address);
                }

                var attempt = await AskAsync(bank);
                crowd.Ledger.Enter(attempt);
                if (attempt.IsServed)
                {
                    Interlocked.Increment(ref _inARow);
                }
                else
                {
                    CountAnew();
                    await Task.Delay(_random.Next(20, 50));   // nobody knocks without a pause at a door that is closed
                }
            }
        }
        finally
        {
            bank?.Dispose();
        }
    }

    private async Task<TransferAttempt> AskAsync(BankClient bank)
    {
        var from = _random.Next(accounts.Count);
        var to = (from + _random.Next(1, accounts.Count)) % accounts.Count;
        var lacksMoney = _random.Next(10) == 0;
        var amount = crowd.NextMark() + (lacksMoney ? TooMuch : 0);
        var began = Stopwatch.GetTimestamp();
        var reply = await AskAsync(bank, accounts[from], accounts[to], amount, lacksMoney);
        return new TransferAttempt(number, accounts[from], accounts[to], amount, began, Stopwatch.GetTimestamp(), reply);
    }

    private static async Task<TransferReply> AskAsync(BankClient bank, long from, long to, long amount, bool lacksMoney)
    {
        var asked = bank.TransferAsync(from, to, amount);
        try
        {
            return TransferReply.Of(await asked.WaitAsync(Patience), from, to, amount, lacksMoney);
        }
        catch (TimeoutException)
        {
            _ = asked.ContinueWith(static late => late.Exception, TaskScheduler.Default);
            return new(TransferFate.Unknown, TransferReply.Late);
        }
        catch (HttpRequestException e)
            when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
        {
            return new(TransferFate.Refused, TransferReply.NotThere);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new(TransferFate.Unknown, TransferReply.Cut);
        }
    }
}
