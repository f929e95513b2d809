using System.Collections.Concurrent;

namespace Millpond.Sqlite.Lanes;

/// <summary>The work items of a lane: many threads add, the lane's thread takes.</summary>
#pragma warning disable CA1001 // The semaphore has no wait handle, so there is nothing to release.
internal sealed class LaneQueue
#pragma warning restore CA1001
{
    private readonly ConcurrentQueue<LaneWork> _work = new();

    // It spins briefly before it blocks, which halves the CPU time of a hop compared with a monitor.
    private readonly SemaphoreSlim _count = new(0);

    private readonly Lock _adding = new();
    private volatile LaneWork? _taken;
    private bool _completed;

    /// <summary>Adds a work item.</summary>
    /// <returns>False after the last one.</returns>
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

    /// <summary>Takes the next work item, and waits if there is none.</summary>
    public LaneWork Take()
    {
        _taken = null;
        _count.Wait();
        _work.TryPeek(out var work);
        _taken = work;
        _work.TryDequeue(out _);
        return work!;
    }

    /// <summary>Finds the work item of a command: one that waits, or the last one that was taken.</summary>
    /// <remarks>In this order, because an item that is taken in between is seen by the second check.</remarks>
    public LaneWork? Find(object target) =>
        _work.FirstOrDefault(work => ReferenceEquals(work.Target, target)) ??
        (_taken is { } taken && ReferenceEquals(taken.Target, target) ? taken : null);
}
