namespace Millpond.Leasing;

/// <summary>A set of limited size, with a slot per item, so adding and removing allocate nothing. Thread-safe.</summary>
internal sealed class SlotTable<T>(int size)
    where T : class
{
    private readonly T?[] _slots = new T?[size];

    public int Count => _slots.Count(static slot => slot is not null);

    /// <summary>Returns whether any item meets a condition, without copying the items.</summary>
    public bool Any<TState>(TState state, Func<T, TState, bool> condition)
    {
        foreach (var slot in _slots)
        {
            if (slot is not null && condition(slot, state))
            {
                return true;
            }
        }

        return false;
    }

    public T[] ToArray() => [.. _slots.OfType<T>()];

    /// <summary>Adds an item. The caller makes sure that there is a free slot.</summary>
    public int Add(T one)
    {
        var start = (int)((uint)Environment.CurrentManagedThreadId % (uint)_slots.Length);
        for (var i = start; ; i = i + 1 < _slots.Length ? i + 1 : 0)
        {
            if (_slots[i] is null && Interlocked.CompareExchange(ref _slots[i], one, null) is null)
            {
                return i;
            }
        }
    }

    public void Remove(int slot) => Volatile.Write(ref _slots[slot], null);
}
