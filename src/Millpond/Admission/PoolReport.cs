using System.Globalization;
using System.Text;

namespace Millpond.Admission;

/// <summary>Describes a pool that rejected a caller: its numbers, its holders, and one remedy.</summary>
internal sealed class PoolReport
{
    // A thread pool in health resumes within a few milliseconds; a garbage collection may take some tens.
    private static readonly TimeSpan StarvedFrom = TimeSpan.FromMilliseconds(250);

    public required string PoolName { get; init; }

    /// <summary>Gets what the permits stand for: a connection, a write permit.</summary>
    public required string Grants { get; init; }

    /// <summary>Gets whether more of it is a matter of the options.</summary>
    public required bool CanGrow { get; init; }

    public required GateSnapshot Gate { get; init; }

    public required PoolWait Wait { get; init; }

    /// <summary>Gets the operations that hold most of it, the costliest first.</summary>
    public required IReadOnlyList<HolderShare> Holders { get; init; }

    private bool IsStarved => Wait.ResumeLag >= StarvedFrom;

    public PoolReport After(PoolWait wait) =>
        new() { PoolName = PoolName, Grants = Grants, CanGrow = CanGrow, Gate = Gate, Wait = wait, Holders = Holders };

    /// <summary>The sentences behind the first half of the first: numbers, holders, the wait, the remedy.</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"{Gate.InUse} of {Gate.Permits} in use, {Gate.Waiting} waiting");
        if (Gate.Waiting > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" (oldest {Gate.OldestWait.TotalSeconds:0.0} s)");
        }

        for (var i = 0; i < Holders.Count; i++)
        {
            var holder = Holders[i];
            text.Append(i == 0 ? ". " : "; ").Append(holder.Operation);
            text.Append(CultureInfo.InvariantCulture, $" held {holder.Count} of them for ");
            text.Append(holder.Count > 1 ? "up to " : "");
            text.Append(
                CultureInfo.InvariantCulture, $"{holder.Longest.TotalSeconds:0.0} s, {holder.IdleShare:0 %} of it idle");
        }

        text.Append(". ");
        if (Wait.Open >= TimeSpan.FromMilliseconds(1))
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"The wait was {Wait.Queue.TotalSeconds:0.0} s in the queue and {Wait.Open.TotalSeconds:0.0} s for a " +
                $"connection to open. ");
        }

        return text.Append(Remedy()).ToString();
    }

    private string Remedy()
    {
        if (IsStarved)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"Callers that could go on did so up to {Wait.ResumeLag.TotalSeconds:0.0} s later: something blocks the thread " +
                $"pool. Find the calls that block (.Result, .Wait(), Thread.Sleep, synchronous I/O) before you raise PoolSize.");
        }

        if (Holders is not [var top, ..])
        {
            return $"Release sessions before slow work, or raise {(CanGrow ? "PoolSize or " : "")}PoolTimeout.";
        }

        if (!CanGrow)
        {
            return top.IdleShare >= 0.5
                ? "Write at the end of the work rather than at its beginning, or commit before slow work."
                : $"Make its statements faster, or write less in one transaction. It runs or ran last: {top.LastCommand}.";
        }

        return top.IdleShare >= 0.5 ? "Release the session before slow work, or raise PoolSize."
            : top.Longest >= TimeSpan.FromSeconds(1) && top.LastCommand is { } slow
                ? $"Its statements are slow: make them faster, or raise PoolSize. It runs or ran last: {slow}."
            : "The demand exceeds what the pool can serve: raise PoolSize if the server's limit allows it, or admit fewer " +
              "requests.";
    }
}
