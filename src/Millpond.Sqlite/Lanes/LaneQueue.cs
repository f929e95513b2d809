using System.Collections.Concurrent;

namespace Millpond.Sqlite.Lanes;

/// <summary>The work that waits for a lane's thread: many may add, the thread takes.</summary>
#pragma warning disable CA1001 // The semaphore lends no wait handle: there is nothing to release.
internal sealed class LaneQueue
#pragma warning restore CA1001
{
    private readonly ConcurrentQueue<LaneWork> _work = new();

    // It spins for a moment before it blocks, which halves the processor time that a hop costs with a monitor.
    private readonly SemaphoreSlim _count = new(0);

    private readonly Lock _adding = new();
    private volatile LaneWork? _taken;
    private bool _completed;

    /// <summary>Adds work.</summary>
    /// <returns>False: there was the last.</returns>
    public bool TryAdd(LaneWork work)
    {
        lock (_adding)
        {
            if (_completed)
            {
                return false;
            }

            _completed = work.IsLast;
            _work.Enqueue(work);
        }

        _count.Release();
        return true;
    }

    /// <summary>Takes the next work; waits while there is none.</summary>
    public LaneWork Take()
    {
        _taken = null;
        _count.Wait();
        _work.TryPeek(out var work);
        _taken = work;
        _work.TryDequeue(out _);
        return work!;
    }

    /// <summary>Finds the work on a command: what still waits, or what was taken last.</summary>
    /// <remarks>In this order: what is taken between the two looks is seen by the second.</remarks>
    public LaneWork? Find(object target) =>
        _work.FirstOrDefault(work => ReferenceEquals(work.Target, target)) ??
        (_taken is { } taken && ReferenceEquals(taken.Target, target) ? taken : null);
}
