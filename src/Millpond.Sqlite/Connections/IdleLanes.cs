namespace Millpond.Sqlite.Connections;

/// <summary>The idle connections. The last one returned is used first, and those beyond the pool's size are closed after a
/// while.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class IdleLanes : IDisposable
{
    // Long enough that steady demand beyond the pool's size does not open and close connections all the time.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly List<(LaneConnection Connection, long Since)> _idle = [];   // the last one is the most recent
    private readonly TimeProvider _time;
    private readonly int _size;
    private readonly Action<LaneConnection> _close;
    private readonly ITimer _timer;
    private int _open;
    private bool _closed;
    private bool _ticking;

    public IdleLanes(int size, TimeProvider time, Action<LaneConnection> close)
    {
        _size = size;
        _time = time;
        _close = close;
        using (ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(
                static self => ((IdleLanes)self!).Trim(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public LaneConnection? TryTake()
    {
        lock (_lock)
        {
            if (_idle.Count == 0)
            {
                return null;
            }

            var (connection, _) = _idle[^1];
            _idle.RemoveAt(_idle.Count - 1);
            return connection;
        }
    }

    /// <summary>Counts an opened connection.</summary>
    public void Opened() => Interlocked.Increment(ref _open);

    /// <summary>Counts a closed connection.</summary>
    public void Closed() => Interlocked.Decrement(ref _open);

    /// <summary>Returns a connection to the idle ones.</summary>
    /// <returns>False if everything is closed, so this one must be closed too.</returns>
    public bool TryPut(LaneConnection connection)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return false;
            }

            _idle.Add((connection, _time.GetTimestamp()));
            if (Volatile.Read(ref _open) > _size && !_ticking)
            {
                _ticking = true;
                _timer.Change(Patience, Patience);
            }

            return true;
        }
    }

    /// <summary>Takes all connections. None is accepted afterwards.</summary>
    public LaneConnection[] TakeAll()
    {
        lock (_lock)
        {
            _closed = true;
            LaneConnection[] all = [.. _idle.Select(static one => one.Connection)];
            _idle.Clear();
            return all;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Trim()
    {
        List<LaneConnection> surplus = [];
        lock (_lock)
        {
            var beyond = Volatile.Read(ref _open) - _size;
            while (surplus.Count < beyond && _idle.Count > 0 && _time.GetElapsedTime(_idle[0].Since) >= Patience)
            {
                surplus.Add(_idle[0].Connection);
                _idle.RemoveAt(0);
            }

            if (surplus.Count >= beyond && !_closed)
            {
                _ticking = false;
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }

        surplus.ForEach(_close);
    }
}
