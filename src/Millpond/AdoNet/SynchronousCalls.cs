using System.Collections.Concurrent;
using System.Transactions;
using Microsoft.Extensions.Logging;
using Millpond.Leasing;

namespace Millpond.AdoNet;

/// <summary>What an engine does about synchronous calls: refuse them, or count them and let them block (S13).</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class SynchronousCalls(string engineName, SyncCalls policy, ILogger logger)
{
    private static readonly AsyncLocal<bool> Allowed = new();

    private readonly ConcurrentDictionary<string, bool> _logged = new(StringComparer.Ordinal);
    private long _count;

    /// <summary>Gets how many there were, refused or not.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Runs asynchronous work for a synchronous caller, where the engine's options allow it.</summary>
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
            throw new SynchronousCallException(member, site.Replacement);
        }

        if (policy == SyncCalls.Warn)
        {
            var site = SynchronousCallSite.Find(member, replacement, withFile: true);
            if (_logged.TryAdd(site.Place, true))
            {
                SessionLog.SynchronousCallAllowed(logger, engineName, site.Called, site.Place, site.Replacement);
            }
        }

        return Block(work);
    }

    /// <summary>Allows them until the asynchronous method that calls this returns: set-up work of EF Core makes some.</summary>
    public static void AllowHere() => Allowed.Value = true;

    public void Run(string member, string replacement, Func<Task> work) =>
        Run(member, replacement, async () =>
        {
            await work().ConfigureAwait(false);
            return true;
        });

    /// <summary>The one place that blocks; on the pool, so that no captured context can deadlock it.</summary>
    private static T Block<T>(Func<Task<T>> work)
    {
        // A TransactionScope may be bound to the caller's thread, so it is carried over for the checks in the work.
        var ambient = Transaction.Current;
        return Task.Run(() => Within(ambient, work)).GetAwaiter().GetResult();
    }

    private static Task<T> Within<T>(Transaction? ambient, Func<Task<T>> work)
    {
        if (Transaction.Current == ambient)
        {
            return work();   // there is none, or it has come with the flow
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
