using System.Text;
using static System.FormattableString;

namespace Millpond.Admission;

/// <summary>Describes a pool that rejected a caller: its numbers, its holders, and one remedy.</summary>
/// <param name="title">How it names the pool.</param>
/// <param name="numbers">The gate's numbers at that time.</param>
/// <param name="holders">The operations that hold most of it, the costliest first.</param>
/// <param name="wait">How the caller's time was spent.</param>
internal sealed class PoolReport(
    (string Name, string EngineName, string Grants, bool CanGrow) title,
    GateSnapshot numbers,
    IReadOnlyList<HolderShare> holders,
    PoolWait wait)
{
    // A healthy thread pool resumes within a few milliseconds; a garbage collection may take some tens.
    private static readonly TimeSpan StarvedFrom = TimeSpan.FromMilliseconds(250);

    public PoolSnapshot Snapshot { get; } = new()
    {
        Name = title.Name,
        Permits = numbers.Permits,
        InUse = numbers.InUse,
        Waiting = numbers.Waiting,
        OldestWait = numbers.OldestWait,
    };

    public string EngineName => title.EngineName;

    public string Grants => title.Grants;

    public bool CanGrow => title.CanGrow;

    public GateSnapshot Gate => numbers;

    public PoolWait Wait { get; } = wait with { ResumeLag = numbers.ResumeLag };

    public IReadOnlyList<HolderShare> Holders => holders;

    private bool IsStarved => Wait.ResumeLag >= StarvedFrom;

    public PoolReport After(PoolWait other) => new(title, numbers, holders, other);

    public string Describe()
    {
        var text = new StringBuilder(Invariant($"{Gate.InUse} of {Gate.Permits} in use, {Gate.Waiting} waiting"));
        if (Gate.Waiting > 0)
        {
            text.Append(Invariant($" (oldest {Gate.OldestWait.TotalSeconds:0.0} s)"));
        }

        for (var i = 0; i < Holders.Count; i++)
        {
            var holder = Holders[i];
            text.Append(i == 0 ? ". " : "; ").Append(i == 0 ? Capitalize(holder.Operation) : holder.Operation)
                .Append(Invariant($" held {holder.Count} of them for {(holder.Count > 1 ? "up to " : "")}"))
                .Append(Invariant($"{holder.Longest.TotalSeconds:0.0} s, {holder.IdleShare:0 %} of it idle"));
        }

        text.Append(". ");
        if (Wait.Open >= TimeSpan.FromMilliseconds(1))
        {
            text.Append(Invariant($"The session waited {Wait.Queue.TotalSeconds:0.0} s in the queue and "))
                .Append(Invariant($"{Wait.Open.TotalSeconds:0.0} s for a connection to open. "));
        }

        return text.Append(Remedy()).ToString();
    }

    /// <summary>Begins a sentence: "Background job of …". The names of methods keep their case.</summary>
    private static string Capitalize(string operation) =>
        operation.StartsWith("background", StringComparison.Ordinal) ? $"B{operation[1..]}" : operation;

    private string Remedy()
    {
        if (IsStarved)
        {
            return Invariant($"Callers resumed up to {Wait.ResumeLag.TotalSeconds:0.0} s late: ") +
                "something blocks the thread pool. Find blocking calls (.Result, .Wait(), Thread.Sleep, synchronous " +
                "I/O) before you raise PoolSize.";
        }

        if (Holders is not [var top, ..])
        {
            return $"Release sessions before slow work, or raise {(CanGrow ? "PoolSize or " : "")}PoolTimeout.";
        }

        if (!CanGrow)
        {
            return top.IdleShare >= 0.5
                ? "Write at the end of the work instead of the beginning, or commit before slow work."
                : $"Make its statements faster, or write less in one transaction. Its last command: {top.LastCommand}.";
        }

        return top.IdleShare >= 0.5 ? "Release the session before slow work, or raise PoolSize."
            : top.Longest >= TimeSpan.FromSeconds(1) && top.LastCommand is { } slow
                ? $"Its statements are slow: make them faster, or raise PoolSize. Its last command: {slow}."
            : "Demand exceeds the pool: raise PoolSize if the server's limit allows it, or admit fewer " +
              "requests.";
    }
}
