using System.Collections.Concurrent;
using System.Diagnostics;
using System.Transactions;
using Microsoft.Extensions.Logging;

namespace Millpond.Sessions;

/// <summary>What an engine does about synchronous calls: refuse them, or count them and let them block (S13).</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class SynchronousCalls(string engineName, SyncCalls policy, ILogger logger)
{
    private readonly ConcurrentDictionary<string, bool> _logged = new(StringComparer.Ordinal);
    private long _count;

    /// <summary>Gets how many there were, refused or not.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Runs asynchronous work for a synchronous caller, where the engine's options allow it.</summary>
    /// <exception cref="SynchronousCallException">They do not.</exception>
    public T Run<T>(string member, string replacement, Func<Task<T>> work)
    {
        Interlocked.Increment(ref _count);
        if (policy == SyncCalls.Throw)
        {
            throw new SynchronousCallException(member, replacement);
        }

        if (policy == SyncCalls.Warn)
        {
            var site = FindCallSite();
            if (_logged.TryAdd(site, true))
            {
                SessionLog.SynchronousCallAllowed(logger, engineName, member, site, replacement);
            }
        }

        // The one place that blocks, because the user's options say so; on the pool, so that no captured context can deadlock it.
        // A TransactionScope may be bound to the caller's thread, so it is carried over for the checks in the work.
        var ambient = Transaction.Current;
        return Task.Run(() => Within(ambient, work)).GetAwaiter().GetResult();
    }

    public void Run(string member, string replacement, Func<Task> work) =>
        Run(member, replacement, async () =>
        {
            await work().ConfigureAwait(false);
            return true;
        });

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

    /// <summary>Finds the first method on the stack that is neither ours nor ADO.NET's.</summary>
    private static string FindCallSite()
    {
        foreach (var frame in new StackTrace(2, fNeedFileInfo: true).GetFrames())
        {
            if (DiagnosticMethodInfo.Create(frame) is not { } method ||
                IsPlumbing(method.DeclaringAssemblyName))
            {
                continue;
            }

            var place = $"{method.DeclaringTypeName}.{method.Name}";
            return frame.GetFileName() is { } file ? $"{place} ({Path.GetFileName(file)}:{frame.GetFileLineNumber()})" : place;
        }

        return "an unknown place";
    }

    private static bool IsPlumbing(string assembly) =>
        assembly.StartsWith("System.", StringComparison.Ordinal) ||
        assembly is "Millpond" || assembly.StartsWith("Millpond,", StringComparison.Ordinal);
}
