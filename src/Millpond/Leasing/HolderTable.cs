using Millpond.Admission;

namespace Millpond.Leasing;

/// <summary>Describes the current leases, which have a slot per permit (G20).</summary>
/// <remarks>Leases are read one by one, so the result is not an exact snapshot.</remarks>
internal static class HolderTable
{
    private const int MaxShares = 3;

    /// <summary>Returns whether a statement of any of them has succeeded since a timestamp.</summary>
    public static bool AnySucceededSince(this SlotTable<SessionLease> holders, long timestamp) => holders.Any(
        timestamp, static (lease, since) => lease.Connection.IsReusable && lease.Owner.Use.HasEndedSince(since));

    /// <summary>Describes all holders, the longest one first.</summary>
    public static HolderSnapshot[] Describe(this SlotTable<SessionLease> holders) =>
    [
        .. holders.ToArray().Select(static lease => lease.Describe())
            .OrderByDescending(static holder => holder.Held).ThenBy(static holder => holder.SessionId),
    ];

    /// <summary>Finds the operations that hold the most of the pool now (G21).</summary>
    /// <param name="holders">The leases.</param>
    /// <param name="writers">Whether to count only holders of the write permit.</param>
    public static IReadOnlyList<HolderShare> Costliest(this SlotTable<SessionLease> holders, bool writers) =>
    [
        .. holders.Describe()
            .Where(holder => !writers || holder.IsWriter)
            .GroupBy(static holder => holder.Operation)
            .Select(static group => Share(group.Key, [.. group]))
            .OrderByDescending(static share => share.PoolTime)
            .ThenBy(static share => share.Operation, StringComparer.Ordinal)
            .Take(MaxShares),
    ];

    /// <summary>Names the operations that hold connections now, the most frequent first; null if there are none.</summary>
    /// <remarks>One of them is likely to be what a transaction has just conflicted with; the database does not say.</remarks>
    public static string? Rivals(this SlotTable<SessionLease> holders)
    {
        var names = holders.ToArray().GroupBy(static lease => lease.Owner.Origin.Operation)
            .OrderByDescending(static group => group.Count()).Take(MaxShares).Select(static group => group.Key);
        return string.Join(", ", names) is { Length: > 0 } text ? text : null;
    }

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
