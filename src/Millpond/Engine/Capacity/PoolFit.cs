using Millpond.Providers;
using static System.FormattableString;

namespace Millpond.Engine.Capacity;

/// <summary>Whether the pools of all workers fit what the server allows, and what would (G17).</summary>
/// <remarks>The connection that a health check may open beyond the pool is not counted: when there is none for it, the check
/// says so, and nobody else goes without.</remarks>
internal sealed class PoolFit(ServerLimits limits, int poolSize, int maxOverflow)
{
    private readonly int _permits = poolSize + maxOverflow;

    /// <summary>Gets the bound that decides now; null where none does.</summary>
    public ServerLimit? Tightest { get; } = limits.IsBehindPooler ? null : limits.Bounds.MinBy(static bound => bound.Usable);

    public ServerLimits Limits => limits;

    public int Wanted => limits.Workers * _permits;

    public bool Fits => Tightest is null || Wanted <= Tightest.Usable;

    /// <summary>Gets the whole calculation: <c>4 workers x 15 = 60 > 47 usable (max_connections 100 - 3 reserved - 50
    /// others)</c>.</summary>
    public string Arithmetic => Tightest is null
        ? ""
        : Invariant($"{(limits.CountsWorkers ? "" : "at least ")}{Many(limits.Workers, "worker")} x {_permits} = {Wanted} ") +
          Invariant($"{(Fits ? "<=" : ">")} {Tightest.Usable} usable ({Tightest.Name} {Tightest.Slots}") +
          (Tightest.Reserved > 0 ? Invariant($" - {Tightest.Reserved} reserved") : "") +
          (Tightest.Others > 0 ? Invariant($" - {Many(Tightest.Others, "other")}") : "") + ")";

    /// <summary>Gets what would fit beside those who are there now; empty where everything does.</summary>
    public string Remedy => Fits ? ""
        : Tightest!.Usable / limits.Workers is > 0 and var each ? Suggest(each)
        : "not even one connection per worker fits; run fewer workers, let others use fewer connections, or raise the limit";

    /// <summary>Gets the fault of a pool that would not fit with nobody else there; null: it would.</summary>
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

    /// <summary>Keeps the proportion of the two, and at least one connection open.</summary>
    private string Suggest(int connections)
    {
        var open = (int)Math.Ceiling(connections * (double)poolSize / _permits);
        return Invariant($"PoolSize {open} and MaxOverflow {connections - open} would fit");
    }

    private static string Many(int count, string what) => Invariant($"{count} {what}{(count == 1 ? "" : "s")}");
}
