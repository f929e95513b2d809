using System.Diagnostics;

namespace Millpond.IntegrationTests.Bank;

/// <summary>A bank with a crowd of clients, which goes down and comes up again on the same database.</summary>
internal sealed class ServiceCrash : IAsyncDisposable
{
    private readonly BankDatabase _database;
    private readonly TransferCrowd _crowd;
    private readonly List<long> _strikes = [];
    private readonly List<string> _receipts = [];
    private readonly string[] _options;
    private BankProcess _process;

    private ServiceCrash(BankDatabase database, string[] options, BankProcess process, TransferCrowd crowd) =>
        (_database, _options, _process, _crowd) = (database, options, process, crowd);

    /// <summary>Gets when the service was struck.</summary>
    public IReadOnlyList<long> Strikes => _strikes;

    public string Errors => _process.Errors;

    /// <summary>Gets what the services that ended had written as receipts.</summary>
    public IReadOnlyList<string> Receipts => _receipts;

    public static async Task<ServiceCrash> BeginAsync(BankDatabase database, int seed, params string[] options)
    {
        var process = await BankProcess.ServeAsync(database.Url, more: options);
        try
        {
            var crowd = await TransferCrowd.StartAsync(await process.AddressAsync(), seed);
            return new ServiceCrash(database, options, process, crowd);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until so many more transfers were made, and a moment longer.</summary>
    public async Task UntilUnderWayAsync(int made, TimeSpan moment)
    {
        await _crowd.UntilMadeAsync(made);
        await Task.Delay(moment);
    }

    /// <summary>Sends the service a signal; returns when.</summary>
    public long Strike(string signal)
    {
        _strikes.Add(Stopwatch.GetTimestamp());
        _process.Signal(signal);
        return _strikes[^1];
    }

    public async Task<int> ExitAsync()
    {
        var code = await _process.ExitAsync();
        _receipts.AddRange(await File.ReadAllLinesAsync(_process.Receipts));
        return code;
    }

    /// <summary>Ends the service in order, once the crowd has gone.</summary>
    public Task<int> EndAsync()
    {
        _process.Signal("TERM");
        return ExitAsync();
    }

    /// <summary>Starts the service anew and waits until every client is served; returns after how long the first was.</summary>
    public async Task<TimeSpan> ServeAgainAsync()
    {
        await _process.DisposeAsync();
        var began = Stopwatch.GetTimestamp();
        _process = await BankProcess.ServeAsync(_database.Url, more: _options);
        _crowd.Address = await _process.AddressAsync();
        await _crowd.UntilAllServedAsync(20);
        var first = _crowd.Ledger.Attempts.Where(a => a.Began > began && a.IsServed).Min(a => a.Ended);
        return Stopwatch.GetElapsedTime(began, first);
    }

    /// <summary>Gets how many clients waited for an answer at a moment, once all of them have been told.</summary>
    public int UnderWay(long moment) => _crowd.Ledger.Attempts.Count(a => a.IsUnderWay(moment));

    public TransferLedger Ledger => _crowd.Ledger;

    /// <summary>Ends the crowd, compares what it was told with what is there; returns what is there untold.</summary>
    public async Task<IReadOnlyList<TransferAttempt>> ReconcileAsync()
    {
        await _crowd.StopAsync();
        return await _crowd.Ledger.ReconcileAsync(_database, TransferCrowd.Opening);
    }

    public async ValueTask DisposeAsync()
    {
        await _crowd.DisposeAsync();
        await _process.DisposeAsync();
    }
}
