using System.Diagnostics;
using System.Text;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>Does the same work again and again, cut each time at another of its messages, and looks what is left of it.</summary>
/// <param name="database">The database and the proxy.</param>
/// <param name="engine">The engine under test, which goes through the proxy.</param>
/// <param name="make">Makes a transfer, and says what its caller was told.</param>
/// <param name="clean">What its caller is told where nothing fails.</param>
public sealed class FaultSweep(
    ProxiedDatabase database,
    DbEngine engine,
    Func<Transfer, Task<FaultSweep.Told>> make,
    FaultSweep.Told clean = FaultSweep.Told.Done)
{
    private const char EmptyQueryResponse = 'I';
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>What a caller can be told of its work.</summary>
    public enum Told
    {
        /// <summary>It was done.</summary>
        Done,

        /// <summary>Nothing was done.</summary>
        Nothing,

        /// <summary>Nobody knows.</summary>
        Unknown,
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Records the messages of a transfer on connections that are open and have been used before.</summary>
    public async Task<IReadOnlyList<WireMessage>> RecordAsync()
    {
        await UseAllAsync("at first");
        var messages = await database.Proxy.RecordAsync(async () => Assert.Equal(clean, await make(Transfer.New())));
        Assert.Single(messages.Select(static message => message.Connection).Distinct());
        return messages;
    }

    /// <summary>Cuts a transfer at every message of both sides.</summary>
    /// <returns>How many cases that were.</returns>
    public async Task<int> RunAsync(FaultKind kind)
    {
        var messages = await RecordAsync();
        var atCommit = clean == Told.Done ? Told.Unknown : Told.Nothing;
        var commit = messages.Last(static message => message.From == WireSide.Client);
        var before = messages.TakeWhile(message => message != commit).ToArray();
        foreach (var side in new[] { WireSide.Client, WireSide.Server })
        {
            var harmless = before.Count(message => message.From == side);
            for (var number = 1; number <= messages.Count(message => message.From == side); number++)
            {
                await CutAsync(new FaultPoint(kind, side, number), number <= harmless ? Told.Nothing : atCommit);
            }
        }

        return messages.Count;
    }

    /// <summary>Makes a transfer that is cut, and asserts what its caller is told and what is left of it.</summary>
    /// <param name="point">Where it is cut.</param>
    /// <param name="expected">What the caller should be told; null: anything certain, as long as it is true.</param>
    public async Task CutAsync(FaultPoint point, Told? expected)
    {
        // A machine that paused for half a second had the engine ping the idle connection: then the ping was cut.
        for (var tries = 1; !await TryCutAsync(point, expected); tries++)
        {
            Assert.True(tries < 5, $"{point}: the connection was pinged each time.");
        }
    }

    /// <returns>Whether it was the transfer that was cut, not the ping of a connection that had been idle.</returns>
    private async Task<bool> TryCutAsync(FaultPoint point, Told? expected)
    {
        var what = point.ToString();
        var transfer = Transfer.New();
        var clock = Stopwatch.StartNew();
        var fault = database.Proxy.Arm(point with { OnOneConnection = true });   // whatever others open or close meanwhile
        var told = Told.Unknown;
        var passed = await database.Proxy.RecordAsync(async () => told = await make(transfer).WaitAsync(Limit, Token));
        Assert.True(fault.HasOccurred, $"{what}: there was no such message.");
        if (passed.Any(static message => message.Type == EmptyQueryResponse))
        {
            database.Proxy.Heal();
            await UseAllAsync(what);
            return false;
        }

        await CheckAsync($"{what} of {Sketch(passed)}", transfer, told, expected);
        Assert.True(clock.Elapsed < Limit, $"{what}: it took {clock.Elapsed}.");
        return true;
    }

    /// <summary>Asserts that what the caller was told is true, and that nothing is left behind.</summary>
    public async Task CheckAsync(string what, Transfer transfer, Told told, Told? expected)
    {
        database.Proxy.Heal();
        var made = await database.WasMadeAsync(transfer, what);
        Assert.True(
            expected is null ? told != Told.Unknown : told == expected,
            $"{what}: the caller was told {told} instead of {expected?.ToString() ?? "something certain"}.");
        Assert.True(
            told == Told.Unknown || made == (told == Told.Done), $"{what}: the caller was told {told}, but made is {made}.");
        await UseAllAsync(what);
    }

    /// <summary>Asserts that every permit is free and every one can be used at the same time.</summary>
    public async Task UseAllAsync(string what)
    {
        var clock = Stopwatch.StartNew();
        while (engine.GetSnapshot() is { } now && now.InUse + now.Holders.Count + now.Waiting > 0)
        {
            Assert.True(
                clock.Elapsed < Limit, $"{what}: {now.InUse} in use, {now.Holders} holders, {now.Waiting} waiting were left.");
            await Task.Delay(1, Token);
        }

        // Each connection that died a moment ago fails one round, and the pool is filled again.
        for (var died = engine.GetSnapshot().Permits; died > 0 && await Record.ExceptionAsync(HoldAllAsync) is not null; died--)
        {
        }

        await HoldAllAsync();
        var transfer = Transfer.New();
        await engine.RunAsync(transfer.MakeAsync, cancellationToken: Token).WaitAsync(Limit, Token);
        Assert.True(await database.WasMadeAsync(transfer, what), $"{what}: the transfer after it was not made.");
    }

    /// <summary>Draws what passed: the types of each side's messages, and on which connection.</summary>
    private static string Sketch(IReadOnlyList<WireMessage> messages)
    {
        var text = new StringBuilder();
        for (var at = 0; at < messages.Count; at++)
        {
            var (now, before) = (messages[at], at == 0 ? default : messages[at - 1]);
            text.Append(now.Connection != before.Connection ? $" [{now.Connection}]" : "")
                .Append(at > 0 && now.Connection == before.Connection && now.From == before.From ? "" :
                    now.From == WireSide.Client ? ">" : "<")
                .Append(now.Type);
        }

        return text.ToString();
    }

    private async Task HoldAllAsync()
    {
        var permits = engine.GetSnapshot().Permits;
        var here = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        async Task HoldAsync(DbSession session, CancellationToken token)
        {
            try
            {
                await Transfer.ExecuteAsync(session, "select 1", token);
            }
            finally
            {
                if (Interlocked.Increment(ref here) == permits)
                {
                    all.TrySetResult();
                }
            }

            await all.Task.WaitAsync(Limit, token);
        }

        async Task RunAsync()
        {
            try
            {
                await engine.RunAsync(HoldAsync, cancellationToken: Token);
            }
            catch (Exception error)
            {
                all.TrySetException(error);   // the others need not wait for this one
                throw;
            }
        }

        await Task.WhenAll(Enumerable.Range(0, permits).Select(_ => RunAsync())).WaitAsync(Limit, Token);
    }
}
