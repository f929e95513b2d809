using Millpond.Admission;

namespace Millpond.Leasing;

/// <summary>The leases that are out now: a slot per permit, nothing allocated as they come and go (G20).</summary>
/// <remarks>Thread-safe. What it tells is read lease by lease, so it is as of about one instant.</remarks>
internal sealed class HolderTable(int permits)
{
    private const int MaxShares = 3;

    private readonly SessionLease?[] _slots = new SessionLease?[permits];

    public int Count => _slots.Count(static slot => slot is not null);

    /// <summary>Says whether a statement of any of them has succeeded since a timestamp.</summary>
    public bool AnySucceededSince(long timestamp)
    {
        foreach (var slot in _slots)
        {
            if (slot is { Connection.IsReusable: true } lease && lease.Owner.Use.HasEndedSince(timestamp))
            {
                return true;
            }
        }

        return false;
    }

    public SessionLease[] ToArray() => [.. _slots.OfType<SessionLease>()];

    /// <summary>Enters a holder; there is always a slot, because every holder has a permit.</summary>
    public int Add(SessionLease holder)
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

    /// <summary>Describes every holder, the one that has held longest first, whatever slot it is in.</summary>
    public HolderSnapshot[] Describe() =>
    [
        .. ToArray().Select(static lease => lease.Describe())
            .OrderByDescending(static holder => holder.Held).ThenBy(static holder => holder.SessionId),
    ];

    /// <summary>Finds the operations that cost the pool most at this moment (G21).</summary>
    /// <param name="writers">Whether only those count that hold the write permit.</param>
    public IReadOnlyList<HolderShare> Costliest(bool writers) =>
    [
        .. Describe()
            .Where(holder => !writers || holder.IsWriter)
            .GroupBy(static holder => holder.Operation)
            .Select(static group => Share(group.Key, [.. group]))
            .OrderByDescending(static share => share.PoolTime)
            .ThenBy(static share => share.Operation, StringComparer.Ordinal)
            .Take(MaxShares),
    ];

    private static HolderShare Share(string operation, HolderSnapshot[] holders)
    {
        var held = holders.Aggregate(TimeSpan.Zero, static (sum, holder) => sum + holder.Held);
        var idle = holders.Aggregate(TimeSpan.Zero, static (sum, holder) => sum + holder.Idle);
        return new HolderShare
        {
            Operation = operation,
            Count = holders.Length,
            PoolTime = held,
            Longest = holders[0].Held,
            IdleShare = held > TimeSpan.Zero ? idle / held : 0,
            LastCommand = holders[0].LastCommand,
        };
    }
}
