using System.Collections.Concurrent;
using System.Transactions;
using Microsoft.Extensions.Logging;
using Millpond.Leasing;
using Millpond.Telemetry.Findings;

namespace Millpond.AdoNet;

/// <summary>How an engine handles synchronous calls: it rejects them, or counts them and lets them block (S13).</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class SynchronousCalls(string engineName, SyncCalls policy, ILogger logger, FindingBook findings)
{
    private static readonly AsyncLocal<bool> Allowed = new();

    private readonly ConcurrentDictionary<string, bool> _logged = new(StringComparer.Ordinal);
    private long _count;

    /// <summary>Gets how many there were, rejected or not.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Runs asynchronous work for a synchronous caller, if the engine's options allow it.</summary>
    /// <exception cref="SynchronousCallException">They do not.</exception>
    public T Run<T>(string member, string replacement, Func<Task<T>> work)
    {
        Interlocked.Increment(ref _count);
        if (Allowed.Value)
        {
            return Block(work);
        }

        if (policy == SyncCalls.Throw)
        {
            var site = SynchronousCallSite.Find(member, replacement, withFile: false);
            Add(site);
            throw new SynchronousCallException(member, site.Replacement);
        }

        if (policy == SyncCalls.Warn)
        {
            var site = SynchronousCallSite.Find(member, replacement, withFile: true);
            Add(site);
            if (_logged.TryAdd(site.Place, true))
            {
                SessionLog.SynchronousCallAllowed(logger, engineName, site.Called, site.Place, site.Replacement);
            }
        }

        return Block(work);
    }

    /// <summary>Allows them until the calling asynchronous method returns, for EF Core's set-up work.</summary>
    public static void AllowHere() => Allowed.Value = true;

    public void Run(string member, string replacement, Func<Task> work) =>
        Run(member, replacement, async () =>
        {
            await work().ConfigureAwait(false);
            return true;
        });

    private void Add(SynchronousCallSite site) => findings.Add(
        FindingKind.SynchronousCall,
        operation: null,
        site.Place,
        static site => new FindingText(
            $"{site.Called} was called synchronously on a session.", $"Use {site.Replacement}.", [site.Place]),
        site);

    /// <summary>The only place that blocks. It runs the work on the thread pool, so no captured context can deadlock
    /// it.</summary>
    private static T Block<T>(Func<Task<T>> work)
    {
        // A TransactionScope may be bound to the caller's thread, so it is passed on for the checks in the work.
        var ambient = Transaction.Current;
        return Task.Run(() => Within(ambient, work)).GetAwaiter().GetResult();
    }

    private static Task<T> Within<T>(Transaction? ambient, Func<Task<T>> work)
    {
        if (Transaction.Current == ambient)
        {
            return work();   // there is none, or it flowed with the execution context
        }

        Transaction.Current = ambient;
        try
        {
            return work();
        }
        finally
        {
            Transaction.Current = null;
        }
    }
}
