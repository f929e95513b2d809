using System.Diagnostics;

namespace Millpond.Soak.Service;

/// <summary>Returns the state of the service, without using the database.</summary>
internal static class StateEndpoint
{
    public const string Path = "/state";

    private const string OpenFiles = "/proc/self/fd";

    private static int _unobserved;

    public static void MapState(this WebApplication app)
    {
        TaskScheduler.UnobservedTaskException += (_, _) => Interlocked.Increment(ref _unobserved);
        app.MapGet(Path, (bool collect, DbEngine engine) => Look(collect, engine));
    }

    private static ServiceState Look(bool collect, DbEngine engine)
    {
        if (collect)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();   // collects what finalizers have released
        }

        using var process = Process.GetCurrentProcess();
        var now = engine.GetSnapshot();
        return new ServiceState
        {
            Heap = GC.GetTotalMemory(forceFullCollection: false),
            Collected = collect,
            Resident = process.WorkingSet64,
            Files = Directory.Exists(OpenFiles) ? Directory.GetFileSystemEntries(OpenFiles).Length : null,
            Threads = process.Threads.Count,
            InUse = now.InUse,
            Waiting = now.Waiting,
            Holders = now.Holders.Count,
            Commits = now.Commits,
            Rollbacks = now.Rollbacks,
            Retries = now.Retries,
            Cancellations = now.Cancellations,
            Unobserved = Volatile.Read(ref _unobserved),
        };
    }
}
