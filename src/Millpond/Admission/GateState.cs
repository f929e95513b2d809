namespace Millpond.Admission;

/// <summary>The state of a gate: the number of free permits (low half) and of queued callers (high half).</summary>
/// <remarks>
/// <para>Free permits and a queue never coexist, and the length of the queue changes here, under the gate's lock, together with
/// the queue. So a release that sees no waiter and a caller that finds no free permit cannot miss each other: they swap the
/// same word.</para>
/// <para>A gate that was made smaller than its permits in use owes some: a mark beyond every count of waiters sends each
/// release into the lock until that many are released.</para>
/// </remarks>
internal struct GateState(int permits)
{
    private const long OneWaiter = 1L << 32;
    private const long Owing = 1L << 62;

    private long _state = permits;
    private int _owed;

    /// <summary>Gets how many permits are in use, of so many there should be. Under the lock.</summary>
    public int InUse(int permits) => permits + _owed - (int)(Volatile.Read(ref _state) & uint.MaxValue);

    /// <summary>Takes a free permit.</summary>
    public bool TryTake()
    {
        GateSteps.BeforeSwap();
        for (var word = Volatile.Read(ref _state); word is > 0 and < OneWaiter;)
        {
            GateSteps.BeforeSwap();
            var seen = Interlocked.CompareExchange(ref _state, word - 1, word);
            if (seen == word)
            {
                return true;
            }

            word = seen;
        }

        return false;
    }

    /// <summary>Releases a permit.</summary>
    /// <returns>False if callers wait, or permits are owed.</returns>
    public bool TryFree()
    {
        GateSteps.BeforeSwap();
        for (var word = Volatile.Read(ref _state); word < OneWaiter;)
        {
            GateSteps.BeforeSwap();
            var seen = Interlocked.CompareExchange(ref _state, word + 1, word);
            if (seen == word)
            {
                return true;
            }

            word = seen;
        }

        return false;
    }

    /// <summary>Under the lock: takes a free permit, or adds a waiter in the same swap.</summary>
    /// <returns>Whether it took one.</returns>
    public bool TakeOrAddWaiter()
    {
        while (true)
        {
            GateSteps.BeforeSwap();
            var word = Volatile.Read(ref _state);
            var free = word is > 0 and < OneWaiter;
            GateSteps.BeforeSwap();
            if (Interlocked.CompareExchange(ref _state, free ? word - 1 : word + OneWaiter, word) == word)
            {
                return free;
            }
        }
    }

    /// <summary>Under the lock.</summary>
    public void RemoveWaiter() => Add(-OneWaiter);

    /// <summary>Under the lock: releases a permit although <see cref="TryFree"/> saw a waiter, which has left since.</summary>
    public void Free() => Interlocked.Increment(ref _state);

    /// <summary>Under the lock: removes permits from the gate, free ones now, the others when they are released.</summary>
    public void Withdraw(int count)
    {
        // First the mark, so that nothing becomes free afterwards, then what is already free.
        if (_owed == 0)
        {
            Add(Owing);
        }

        _owed += count;
        while (_owed > 0 && TryTakeMarked())
        {
            _owed--;
        }

        Unmark();
    }

    /// <summary>Under the lock: keeps permits that the gate owes.</summary>
    /// <returns>How many it kept.</returns>
    public int PayBack(int count)
    {
        var paid = Math.Min(count, _owed);
        if (paid > 0)
        {
            _owed -= paid;
            Unmark();
        }

        return paid;
    }

    private bool TryTakeMarked()
    {
        GateSteps.BeforeSwap();
        if ((uint)Volatile.Read(ref _state) == 0)
        {
            return false;
        }

        Interlocked.Decrement(ref _state);   // under the mark no other thread takes or frees one
        return true;
    }

    private void Unmark()
    {
        if (_owed == 0)
        {
            Add(-Owing);
        }
    }

    private void Add(long change)
    {
        GateSteps.BeforeSwap();
        Interlocked.Add(ref _state, change);
    }
}
