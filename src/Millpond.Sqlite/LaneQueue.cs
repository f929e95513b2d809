namespace Millpond.Sqlite;

/// <summary>The work that waits for a lane's thread: many may add, the thread takes.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class LaneQueue
{
    private readonly Queue<LaneWork> _work = new();
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
            LaneWork? work;
            while (!_work.TryDequeue(out work))
            {
                if (_completed)
                {
                    return null;
                }

                Monitor.Wait(_work);
            }

            return work;
        }
    }
}
