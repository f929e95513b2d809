using Millpond.Cli.Top.Page;
using static System.FormattableString;

namespace Millpond.Cli.Top;

/// <summary>Shows an engine as lines, for files and scripts.</summary>
internal static class PlainView
{
    private const int MaxRows = 5;

    public static IEnumerable<string> Lines(PageEngine engine, DateTimeOffset at)
    {
        yield return Invariant($"{at:yyyy-MM-ddTHH:mm:ssZ} {Shown.Text(engine.Name)} {Shown.Text(engine.Verdict.State)}: ") +
            Numbers(engine);
        yield return $"  {Shown.Sentences(engine.Verdict.Text)} {Shown.Sentences(engine.Verdict.Remedy)}".TrimEnd();
        foreach (var holder in engine.Holders.Take(MaxRows))
        {
            yield return Invariant($"  session {holder.SessionId} {Shown.Text(holder.Operation)} holds a connection for ") +
                $"{Shown.Time(holder.HeldMs)}, {State(holder)}: {Shown.Text(holder.LastCommand)}";
        }

        foreach (var finding in engine.Findings.Take(MaxRows))
        {
            yield return Invariant($"  {Shown.Text(finding.Id)} x {finding.Count}: {Shown.Sentences(finding.Message)}");
        }
    }

    public static string Numbers(PageEngine engine) =>
        Invariant($"{engine.InUse} of {engine.Permits} in use ({engine.Executing} executing, {engine.HeldIdle} idle), ") +
        Invariant($"{engine.Waiting + engine.WaitingToWrite} waiting") +
        (engine.OldestWaitMs > 0 ? $" (oldest {Shown.Time(engine.OldestWaitMs)}), " : ", ") +
        $"wait p99 {Shown.Time(engine.WaitP99Ms)}, use p99 {Shown.Time(engine.UseP99Ms)}, " +
        $"{Shown.Share(engine.HeldIdleShare)} idle, {Shown.Rate(engine.SessionsPerSecond)}, " +
        $"{Shown.Rate(engine.RejectedPerSecond + engine.TimedOutPerSecond)} refused, " +
        $"resume lag {Shown.Time(engine.ResumeLagMs)}";

    public static string State(PageHolder holder) =>
        $"{(holder.IsExecuting ? "executing" : "idle")} for {Shown.Time(holder.InStateMs)}";
}
