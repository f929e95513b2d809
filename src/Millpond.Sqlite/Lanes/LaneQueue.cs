namespace Millpond.Sqlite.Lanes;

/// <summary>The work that waits for a lane's thread: many may add, the thread takes.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class LaneQueue
{
    private readonly Queue<LaneWork> _work = new();
    private LaneWork? _taken;
    private bool _completed;

    /// <summary>Adds work.</summary>
    /// <returns>False: the lane is closed.</returns>
    public bool TryAdd(LaneWork work)
    {
        lock (_work)
        {
            if (_completed)
            {
                return false;
            }

            _work.Enqueue(work);
            Monitor.Pulse(_work);
            return true;
        }
    }

    /// <summary>Adds the last work; nothing comes after it.</summary>
    public bool TryAddLast(LaneWork work)
    {
        lock (_work)
        {
            var added = TryAdd(work);
            _completed = true;
            return added;
        }
    }

    /// <summary>Takes the next work; waits while there is none.</summary>
    /// <returns>Null: there was the last.</returns>
    public LaneWork? Take()
    {
        lock (_work)
        {
            _taken = null;
            while (!_work.TryDequeue(out _taken))
            {
                if (_completed)
                {
                    return null;
                }

                Monitor.Wait(_work);
            }

            return _taken;
        }
    }

    /// <summary>Finds the work on a command: what was taken last, or what still waits.</summary>
    public LaneWork? Find(object target)
    {
        lock (_work)
        {
            return ReferenceEquals(_taken?.Target, target)
                ? _taken
                : _work.FirstOrDefault(work => ReferenceEquals(work.Target, target));
        }
    }
}
