namespace Millpond.Sessions;

/// <summary>The units of work that hold a connection now: a slot per permit, nothing allocated as they come and go.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class HolderTable(int permits)
{
    private readonly UnitOfWork?[] _slots = new UnitOfWork?[permits];

    public int Count => _slots.Count(static slot => slot is not null);

    public UnitOfWork[] ToArray() => [.. _slots.OfType<UnitOfWork>()];

    /// <summary>Enters a holder; there is always a slot, because every holder has a permit.</summary>
    public int Add(UnitOfWork holder)
    {
        var start = (int)((uint)Environment.CurrentManagedThreadId % (uint)_slots.Length);
        for (var i = start; ; i = i + 1 < _slots.Length ? i + 1 : 0)
        {
            if (_slots[i] is null && Interlocked.CompareExchange(ref _slots[i], holder, null) is null)
            {
                return i;
            }
        }
    }

    public void Remove(int slot) => Volatile.Write(ref _slots[slot], null);
}
