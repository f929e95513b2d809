using Microsoft.Extensions.Logging;
using Millpond.Leasing;
using Millpond.Leasing.Findings;
using Millpond.Telemetry.Findings;
using static System.FormattableString;

namespace Millpond.Engine;

/// <summary>Reports each session that holds its connection for too long, once (G22).</summary>
internal sealed class LeakWatch(
    string engineName,
    SlotTable<SessionLease> holders,
    TimeSpan threshold,
    TimeProvider time,
    ILogger logger,
    FindingBook findings)
    : IDisposable
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private ITimer? _timer;

    public void Start()
    {
        if (threshold == Timeout.InfiniteTimeSpan)
        {
            return;
        }

        // Scanning a few slots every few seconds costs nothing. Notifications would add a cost to every lease.
        var period = TimeSpan.FromTicks(Math.Clamp(threshold.Ticks / 4, Shortest.Ticks, Longest.Ticks));
        using (ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static watch => ((LeakWatch)watch!).Check(), this, period, period);
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void Check()
    {
        foreach (var lease in holders.ToArray())
        {
            if (lease.Held >= threshold && lease.TryMarkReported())
            {
                var holder = lease.Describe();
                findings.Add(FindingKind.Leak, holder.Operation, holder.CallSite ?? "", SessionFindings.Leak, holder);
                Log(holder);
            }
        }
    }

    private void Log(HolderSnapshot holder) => SessionLog.LeakSuspected(
        logger,
        engineName,
        holder.SessionId,
        holder.Operation,
        Math.Round(holder.Held.TotalSeconds, 1),
        Invariant($"{holder.CommandCount} {(holder.CommandCount == 1 ? "command" : "commands")}"),
        Math.Round(100 * (holder.Idle / holder.Held)),
        Invariant($"{(holder.IsExecuting ? "It has run" : "It has been idle")} for {holder.TimeInState.TotalSeconds:0.0} s") +
        $"{(holder.IsExecuting ? ":" : " since")} '{holder.LastCommand}'",
        holder.CallSite ?? "unknown",
        holder.TraceId ?? "none",
        holder.IsExecuting
            ? "The statement may be slow, or waiting for a lock."
            : "Commit or dispose the session, or do slow work outside it.");
}
