using System.Data.Common;
using System.Diagnostics;
using Millpond.IntegrationTests.Servers;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>A bank with a crowd of clients on a PostgreSQL server that goes down under them and comes back.</summary>
internal sealed class DatabaseCrash : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly PostgresServer _server;
    private readonly BankProcess _process;
    private readonly TransferCrowd _crowd;
    private readonly string[] _afterTries;
    private readonly List<(long Occurred, long Returned, long Ready)> _rounds = [];

    private DatabaseCrash(
        PostgresServer server, PostgresBankDatabase database, BankProcess process, TransferCrowd crowd, bool isSerializable)
    {
        _afterTries = isSerializable ? TransferReply.AfterAttempts : [];
        (_server, Database, _process, _crowd) = (server, database, process, crowd);
        Bank = process.Client();
    }

    public PostgresBankDatabase Database { get; }

    public BankClient Bank { get; }

    public static async Task<DatabaseCrash> BeginAsync(int seed, params string[] options)
    {
        var server = await PostgresServer.StartOwnAsync();
        BankProcess? process = null;
        try
        {
            var database = await PostgresBankDatabase.CreateAsync(server);
            process = await BankProcess.ServeAsync(database.Url, more: options);
            var crowd = await TransferCrowd.StartAsync(await process.AddressAsync(), seed);
            return new DatabaseCrash(
                server, database, process, crowd, isSerializable: options.Contains(BankProcess.Serializable));
        }
        catch
        {
            await (process?.DisposeAsync() ?? default);
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until so many more transfers were made, and a moment longer.</summary>
    public async Task UntilUnderWayAsync(int made, TimeSpan moment)
    {
        await _crowd.UntilMadeAsync(made);
        await Task.Delay(moment);
    }

    /// <summary>Stops the server under the crowd, looks at the bank meanwhile, and starts the server again.</summary>
    public async Task RestartAsync(TestServerStop mode, TimeSpan downTime)
    {
        var struck = Stopwatch.GetTimestamp();
        await _server.StopAsync(mode);
        (await Bank.GetAsync("/health/ready")).AssertProblem(503);
        Assert.Equal(200, (await Bank.GetAsync("/health/live")).Status);
        await Task.Delay(downTime);
        var starting = _server.StartAgainAsync();
        await ReturnedAsync(struck);
        await starting;
    }

    /// <summary>Lets the crowd fill the pool and go, then restarts the server while nobody asks for anything.</summary>
    public async Task SleepThroughRestartAsync()
    {
        await _crowd.UntilMadeAsync(100);
        await _crowd.StopAsync();
        Assert.InRange((await BankBackends.ReadAsync(Database)).Count, 10, TransferCrowd.Size);
        var slept = Stopwatch.GetTimestamp();
        await _server.StopAsync();
        await _server.StartAgainAsync();
        while (Stopwatch.GetElapsedTime(slept) < TimeSpan.FromSeconds(0.6))
        {
            await Task.Delay(50);   // a connection that idled for half a second is pinged before it is used
        }
    }

    /// <summary>Kills one of the bank's backends; the server then ends all others, and recovers as after a crash.</summary>
    public async Task KillAsync(int backend)
    {
        if (!_server.IsThrowAway)   // somebody else's server, behind a front: its processes are out of reach
        {
            await RestartAsync(TestServerStop.Immediate, TimeSpan.Zero);
            return;
        }

        await using var witness = await Database.OpenAsync();
        var struck = Stopwatch.GetTimestamp();
        using (var kill = Process.Start("sh", ["-c", $"kill -KILL {backend}"]))
        {
            await kill.WaitForExitAsync();
            Assert.Equal(0, kill.ExitCode);
        }

        await UntilLostAsync(witness);
        await ReturnedAsync(struck);
    }

    /// <summary>
    /// Watches on for 5 seconds after the last return, then ends the crowd, compares what it was told with what is there, and
    /// asserts that clients lost nothing but time, and of that no more than 5 seconds.
    /// </summary>
    public async Task AssertRecoveredAsync()
    {
        if (Limit - Stopwatch.GetElapsedTime(_rounds[^1].Returned) is { Ticks: > 0 } rest)
        {
            await Task.Delay(rest + TimeSpan.FromMilliseconds(200));
        }

        await _crowd.UntilAllServedAsync(1);
        await _crowd.StopAsync();
        var unknown = await _crowd.Ledger.ReconcileAsync(Database, TransferCrowd.Opening);
        Tell($"{_crowd.Ledger.Summary()}; {unknown.Count} of the unknown are there");
        _crowd.Ledger.AssertOnly(["201", "409", "503 MILL2001", "500 MILL3006", .. _afterTries]);
        foreach (var (i, (struck, returned, ready)) in _rounds.Index())
        {
            AssertRound(struck, returned, ready, until: i + 1 < _rounds.Count ? _rounds[i + 1].Occurred : long.MaxValue);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _crowd.DisposeAsync();
        Bank.Dispose();
        await _process.DisposeAsync();
        await _server.DisposeAsync();
    }

    private static void Tell(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    private static async Task UntilLostAsync(DbConnection connection)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "select 1";
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Patience; await Task.Delay(5))
        {
            try
            {
                await command.ExecuteScalarAsync();
            }
            catch (DbException)
            {
                return;
            }
        }

        Assert.Fail("The server did not end its other connections.");
    }

    /// <summary>Waits for the first connection that the server accepts, then for the bank to recover.</summary>
    private async Task ReturnedAsync(long struck)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(5))
        {
            try
            {
                await (await Database.OpenAsync()).DisposeAsync();
                break;
            }
            catch (NpgsqlException)
            {
                Assert.True(watch.Elapsed < Patience, "The server did not come back.");
            }
        }

        var returned = Stopwatch.GetTimestamp();
        var served = _crowd.UntilAllServedAsync(20);
        while ((await Bank.GetAsync("/health/ready")).Status != 200)
        {
            Assert.True(Stopwatch.GetElapsedTime(returned) < Patience, "The bank did not become ready.");
            await Task.Delay(5);
        }

        _rounds.Add((struck, returned, Stopwatch.GetTimestamp()));
        await served;
    }

    private void AssertRound(long struck, long returned, long ready, long until)
    {
        var under = _crowd.Ledger.Attempts.Where(a => a.IsUnderWay(struck)).ToList();
        var after = _crowd.Ledger.Attempts.Where(a => a.Ended >= returned && a.Began < until).ToList();
        var failed = _crowd.Ledger.Attempts.Count(a => a.Began < returned && a.Ended > struck && !a.IsServed);
        var first = after.Where(a => a.IsServed).Min(a => a.Ended);
        var calm = after.Where(a => !a.IsServed && a.Ended < until).Select(a => a.Ended).DefaultIfEmpty(returned).Max();
        Tell($"{under.Count} requests under way, {failed} failed in {Seconds(struck, returned)} s; from the return "
            + $"{Seconds(returned, first)} s to the first success, {Seconds(returned, calm)} s to the last failure, "
            + $"{Seconds(returned, ready)} s to ready");

        Assert.InRange(under.Count, TransferCrowd.Size / 2, TransferCrowd.Size);
        Assert.InRange(Stopwatch.GetElapsedTime(returned, calm), TimeSpan.Zero, Limit);
        Assert.InRange(Stopwatch.GetElapsedTime(returned, ready), TimeSpan.Zero, Limit);
        Assert.Equal(TransferCrowd.Size, after.Where(a => a.Began > calm && a.IsServed).Select(a => a.Client).Distinct().Count());
    }

    private static string Seconds(long from, long to) => $"{Stopwatch.GetElapsedTime(from, to).TotalSeconds:0.00}";
}
