using Millpond.Providers;
using static System.FormattableString;

namespace Millpond.Engine.Capacity;

/// <summary>Compares the pools of all workers with the server's limits, and suggests sizes that fit (G17).</summary>
/// <remarks>The extra connection of a health check is not counted: if the server has none left, only the health check fails,
/// and reports it.</remarks>
internal sealed class PoolFit(ServerLimits limits, int poolSize, int maxOverflow)
{
    private readonly int _permits = poolSize + maxOverflow;

    /// <summary>Gets the limit that leaves the fewest connections; null if there is none.</summary>
    public ServerLimit? Tightest { get; } = limits.IsBehindPooler ? null : limits.Bounds.MinBy(static bound => bound.Usable);

    public ServerLimits Limits => limits;

    public int Wanted => limits.Workers * _permits;

    public bool Fits => Tightest is null || Wanted <= Tightest.Usable;

    /// <summary>Gets the calculation, for example <c>4 workers x 15 = 60 > 47 usable (max_connections 100 - 3 reserved - 50
    /// others)</c>.</summary>
    public string Arithmetic => Tightest is null
        ? ""
        : Invariant($"{(limits.CountsWorkers ? "" : "at least ")}{Many(limits.Workers, "worker")} x {_permits} = {Wanted} ") +
          Invariant($"{(Fits ? "<=" : ">")} {Tightest.Usable} usable ({Tightest.Name} {Tightest.Slots}") +
          (Tightest.Reserved > 0 ? Invariant($" - {Tightest.Reserved} reserved") : "") +
          (Tightest.Others > 0 ? Invariant($" - {Many(Tightest.Others, "other")}") : "") + ")";

    /// <summary>Gets the sizes that would fit beside the current clients; empty if the pools fit.</summary>
    public string Remedy => Fits ? ""
        : Tightest!.Usable / limits.Workers is > 0 and var each ? Suggest(each)
        : "not even one connection per worker fits; run fewer workers, let others use fewer connections, or raise the limit";

    /// <summary>Gets the fault of a pool that exceeds the limit even without other clients; null if it fits.</summary>
    public string? Fault
    {
        get
        {
            var narrowest = limits.IsBehindPooler ? null : limits.Bounds.MinBy(static bound => bound.Ceiling);
            return narrowest is null || _permits <= narrowest.Ceiling
                ? null
                : Invariant($"PoolSize {poolSize} and MaxOverflow {maxOverflow} make {Many(_permits, "connection")}, but the ") +
                  Invariant($"server can never open more than {narrowest.Ceiling}: {narrowest.Name} is {narrowest.Slots}") +
                  (narrowest.Reserved > 0 ? Invariant($", of which {narrowest.Reserved} are reserved") : "") +
                  (narrowest.Ceiling > 0 ? $". {Suggest(narrowest.Ceiling)} one worker." : ". Raise it.");
        }
    }

    /// <summary>Suggests sizes in the same proportion, with at least one permanent connection.</summary>
    private string Suggest(int connections)
    {
        var open = (int)Math.Ceiling(connections * (double)poolSize / _permits);
        return Invariant($"PoolSize {open} and MaxOverflow {connections - open} would fit");
    }

    private static string Many(int count, string what) => Invariant($"{count} {what}{(count == 1 ? "" : "s")}");
}
