namespace Millpond.Supply;

/// <summary>The callers that wait for a connection, in order of arrival, and how many connections are in which state.</summary>
/// <remarks>
/// <para>A connection is <i>idle</i> in the driver's pool, <i>pinged</i>, <i>opening</i> (also while an idle one is taken for a
/// waiting caller), <i>silent</i> (an opening that is no longer waited for) or <i>out</i>, with a caller. The number of idle
/// ones is an estimate: the driver closes some without notice, which shows when it opens one instead.</para>
/// <para>Thread-safe: one lock, held for a few instructions.</para>
/// </remarks>
internal sealed class SupplyState
{
    private const int MaxOpening = 4;

    // Each occupies a place in the driver's pool and counts toward the server's limit until it ends.
    private const int MaxSilent = 4;

    private readonly Lock _lock = new();
    private readonly LinkedList<SupplyWaiter> _waiting = new();
    private int _idle;
    private int _pinged;
    private int _opening;
    private int _silent;
    private int _out;

    /// <summary>Gets whether any caller has a connection, which will be returned.</summary>
    public bool IsAnyOut => Volatile.Read(ref _out) > 0;

    /// <summary>Gets how many connections are idle, as far as is known.</summary>
    public int Idle => Volatile.Read(ref _idle);

    /// <summary>Gets whether anything besides a returned connection can still serve a caller.</summary>
    public bool IsAnyExpected
    {
        get
        {
            lock (_lock)
            {
                return _idle + _opening + _pinged > 0;
            }
        }
    }

    /// <summary>Counts an idle connection as out.</summary>
    public bool TryTakeIdle(bool evenIfOthersWait = false)
    {
        lock (_lock)
        {
            if (_idle == 0 || (_waiting.Count > 0 && !evenIfOthersWait))
            {
                return false;
            }

            (_idle, _out) = (_idle - 1, _out + 1);
            return true;
        }
    }

    /// <summary>Counts a connection as an opening instead of out: the driver opens one, or the idle one has to be
    /// pinged.</summary>
    public void OpenInstead() => Move(ref _out, ref _opening);

    /// <summary>Begins what a waiting caller needs: to take an idle connection, or to open one.</summary>
    /// <param name="growthStopped">Whether to open none while a caller has a connection.</param>
    /// <param name="expectsIdle">Whether an idle connection is expected.</param>
    public bool TryOpen(bool growthStopped, out bool expectsIdle)
    {
        lock (_lock)
        {
            expectsIdle = _idle > 0;
            var canUseIdle = expectsIdle && _waiting is { First.Value.IsGrowth: false } && _waiting.Count > _pinged;
            if (!canUseIdle && (_opening >= MaxOpening || _waiting.Count <= _opening + _pinged || (growthStopped && _out > 0)))
            {
                return false;
            }

            _idle -= expectsIdle ? 1 : 0;
            _opening++;
            return true;
        }
    }

    public void BeginPing() => Move(ref _opening, ref _pinged);

    public void EndPing() => Move(ref _pinged, ref _opening);

    /// <summary>Stops counting an opening as one, unless the maximum of silent ones is reached.</summary>
    public bool TryDiscountSilent()
    {
        lock (_lock)
        {
            if (_silent == MaxSilent)
            {
                return false;
            }

            (_opening, _silent) = (_opening - 1, _silent + 1);
            return true;
        }
    }

    public void EndOpening(bool wasSilent, bool isOut)
    {
        lock (_lock)
        {
            ref var ended = ref (wasSilent ? ref _silent : ref _opening);
            ended--;
            _out += isOut ? 1 : 0;
        }
    }

    /// <summary>Counts a returned connection. If it was lost, the idle ones may be lost too.</summary>
    /// <returns>Whether any caller waits.</returns>
    public bool Return(bool reusable)
    {
        lock (_lock)
        {
            _out--;
            _idle = reusable ? _idle + 1 : 0;
            return _waiting.Count > 0;
        }
    }

    public void AddOut()
    {
        lock (_lock)
        {
            _out++;
        }
    }

    public void ForgetIdle()
    {
        lock (_lock)
        {
            _idle = 0;
        }
    }

    public void Join(SupplyWaiter waiter)
    {
        lock (_lock)
        {
            _waiting.AddLast(waiter);
        }
    }

    public void Leave(SupplyWaiter waiter)
    {
        lock (_lock)
        {
            _waiting.Remove(waiter);
        }
    }

    public SupplyWaiter? TakeFirst()
    {
        lock (_lock)
        {
            var first = _waiting.First?.Value;
            if (first is not null)
            {
                _waiting.RemoveFirst();
            }

            return first;
        }
    }

    public void FailGrowing(Exception error)
    {
        lock (_lock)
        {
            foreach (var waiter in _waiting.Where(static waiter => waiter.IsGrowth))
            {
                waiter.TrySetException(error);   // it continues on another thread
            }
        }
    }

    private void Move(ref int from, ref int to)
    {
        lock (_lock)
        {
            from--;
            to++;
        }
    }
}
