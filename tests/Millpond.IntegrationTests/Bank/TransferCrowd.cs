using System.Diagnostics;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>
/// Sixteen clients that move money between a few accounts as fast as they can, while a test breaks things under them. They
/// write down what they were told, and follow the bank to where it serves.
/// </summary>
internal sealed class TransferCrowd : IAsyncDisposable
{
    public const int Size = 16;

    /// <summary>What each account holds at first; far more than will ever be moved.</summary>
    public const long Opening = 1_000_000_000;

    private const int Accounts = 8;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly TransferClient[] _clients;
    private readonly Task _running;
    private volatile Uri _address;
    private volatile bool _over;
    private long _marks;

    private TransferCrowd(Uri address, IReadOnlyList<long> accounts, int seed)
    {
        _address = address;
        _clients = [.. Enumerable.Range(0, Size).Select(i => new TransferClient(i, this, accounts, seed + i))];
        _running = Task.WhenAll(_clients.Select(client => Task.Run(client.RunAsync)));
    }

    public TransferLedger Ledger { get; } = new();

    /// <summary>Gets or sets where the bank serves.</summary>
    public Uri Address { get => _address; set => _address = value; }

    public bool IsOver => _over;

    /// <summary>Opens the accounts and lets everybody begin.</summary>
    public static async Task<TransferCrowd> StartAsync(Uri address, int seed)
    {
        using var bank = new BankClient(address);
        var accounts = await Task.WhenAll(Enumerable.Range(0, Accounts).Select(_ => bank.OpenAccountAsync(Opening)));
        return new TransferCrowd(address, accounts, seed);
    }

    /// <summary>A number that is nobody else's.</summary>
    public long NextMark() => Interlocked.Increment(ref _marks);

    /// <summary>Waits until so many more were told 201.</summary>
    public Task UntilMadeAsync(int more)
    {
        var enough = Ledger.Made + more;
        return UntilAsync(() => Ledger.Made >= enough, $"There were not {more} more transfers.");
    }

    /// <summary>Waits until every client was served so many times in a row from now on.</summary>
    public Task UntilAllServedAsync(int inARow)
    {
        Array.ForEach(_clients, client => client.CountAnew());
        return UntilAsync(() => _clients.All(c => c.ServedInARow >= inARow), $"Not all were served {inARow} times in a row.");
    }

    /// <summary>Lets everybody finish what they are at, and go.</summary>
    public async Task StopAsync()
    {
        _over = true;
        await _running.WaitAsync(Limit);
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task UntilAsync(Func<bool> reached, string otherwise)
    {
        for (var watch = Stopwatch.StartNew(); !reached(); await Task.Delay(5))
        {
            Assert.True(watch.Elapsed < Limit, $"{otherwise} {Ledger.Summary()}");
            Assert.False(_running.IsFaulted, _running.Exception?.ToString());
        }
    }
}
