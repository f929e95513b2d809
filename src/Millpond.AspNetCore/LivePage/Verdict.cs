using Millpond.AspNetCore.LivePage.Json;
using static System.FormattableString;

namespace Millpond.AspNetCore.LivePage;

/// <summary>Says in a sentence what state a pool is in, and what to do.</summary>
internal static class Verdict
{
    private static readonly TimeSpan StarvedFrom = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan VeryLongWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan NoticeableWait = TimeSpan.FromMilliseconds(10);

    // From here on the idle time is the better half of the problem.
    private const double MuchIdle = 0.4;

    // Shorter pauses between two statements are not slow work, but the way from one to the next.
    private const double SlowWorkMs = 10;

    public static LiveVerdict Of(EngineSnapshot engine, RecentLoad recent, DateTimeOffset now)
    {
        var (state, severity, text, remedy) = Judge(engine, recent, now);
        return new LiveVerdict(state, severity, text, remedy, Wait(engine, recent));
    }

    private static (string State, string Severity, string Text, string? Remedy) Judge(
        EngineSnapshot engine, RecentLoad recent, DateTimeOffset now)
    {
        if (engine.DownSince is { } since)
        {
            return (
                "down",
                "critical",
                $"Database down: {engine.Server} has been unreachable for {Time(now - since)}.",
                "Sessions fail immediately until it answers again. Check the server, the network and the address.");
        }

        if (engine.IsDraining)
        {
            return ("stopping", "warning", $"Shutting down: {Count(engine.InUse, "session")} left to finish.", null);
        }

        if (engine.ResumeLag >= StarvedFrom)
        {
            return (
                "starved",
                "critical",
                $"Thread pool starved: sessions resume up to {Time(engine.ResumeLag)} after their grant; {InUse(engine)}.",
                "Something blocks the thread pool: find .Result, .Wait(), Thread.Sleep and synchronous I/O before you raise " +
                "PoolSize.");
        }

        return Exhausted(engine, recent) ?? Calm(engine, recent);
    }

    private static (string State, string Severity, string Text, string? Remedy)? Exhausted(
        EngineSnapshot engine, RecentLoad recent)
    {
        var waits = engine.Waiting > 0 && (engine.OldestWait >= LongWait || recent.Queued > 0.5);
        if (engine.IsOverloaded || (engine.InUse >= engine.Permits && waits))
        {
            var refused = recent.RejectedPerSecond + recent.TimedOutPerSecond;
            var lost = refused > 0 ? Invariant($"; {refused:0.#} per second are refused") : "";
            return (
                engine.IsOverloaded ? "overloaded" : "saturated",
                "critical",
                $"{(engine.IsOverloaded ? "Overloaded" : "Saturated")}: {InUse(engine)}, {Queue(engine)}{lost}. " +
                Holding(recent),
                Remedy(engine, recent));
        }

        var writers = WritersWait(engine);
        return engine.WaitingToWrite > 0 && (writers >= LongWait || recent.WaitP99 >= LongWait)
            ? (
                "writing",
                writers >= VeryLongWait ? "critical" : "warning",
                $"Writes queue: {Count(engine.WaitingToWrite, "session")} wait for the write permit, the first for " +
                $"{Time(writers)}; {InUse(engine)}. {Holding(recent)}",
                $"SQLite has one writer at a time. {Release(recent) ?? "Keep transactions that write short."}")
            : null;
    }

    private static (string State, string Severity, string Text, string? Remedy) Calm(EngineSnapshot engine, RecentLoad recent)
    {
        var waits = recent.WaitP99 >= NoticeableWait && recent.SessionsPerSecond >= 1;   // fewer say nothing about the 99th
        if (waits || engine.InUse >= engine.Permits)
        {
            var waited = waits
                ? $"1 of 100 sessions waited {Time(recent.WaitP99)} or longer" : "nobody waits";
            return (
                "busy", "warning", $"Busy: {InUse(engine)}, {waited}. {Holding(recent)}", Release(recent) ?? Room(engine));
        }

        return recent.SessionsPerSecond > 0 || engine.InUse > 0
            ? (
                "healthy",
                "ok",
                $"Healthy: {InUse(engine)}, nobody waits." +
                (recent.SessionsPerSecond > 0
                    ? Invariant($" {recent.SessionsPerSecond:0.#} sessions per second got theirs within {Time(recent.WaitP99)}.")
                    : ""),
                null)
            : ("idle", "ok", $"Idle: none of {Count(engine.Permits, "connection")} in use during the last 10 s.", null);
    }

    private static string InUse(EngineSnapshot engine) =>
        Invariant($"{engine.InUse} of {Count(engine.Permits, "connection")} in use");

    private static string Queue(EngineSnapshot engine) => engine.Waiting == 0
        ? "none waiting"
        : Invariant($"{engine.Waiting} waiting (the first for {Time(engine.OldestWait)})");

    private static string Holding(RecentLoad recent)
    {
        if (recent.Costs is not [var top, ..])
        {
            return "";
        }

        var idle = recent.IdleShare >= 0.05 ? Invariant($"{Percent(recent.IdleShare)} of pool time is held idle. ") : "";
        return $"{idle}{top.Operation} takes {Percent(top.Share)} of pool time, {Percent(top.IdleShare)} of that idle.";
    }

    private static string Remedy(EngineSnapshot engine, RecentLoad recent) =>
        Release(recent) ?? (engine.WaitingToWrite > 0
            ? $"{Count(engine.WaitingToWrite, "session")} of those that hold a connection wait for SQLite's one writer: keep " +
                "transactions that write short. More connections would not help."
            : $"No session holds its connection for slow work: make the statements of {Costliest(recent)} faster" +
                (Room(engine) is { } room ? $". {room}" : ", or raise PoolSize if the database has capacity."));

    private static string Costliest(RecentLoad recent) => recent.Costs is [var top, ..] ? top.Operation : "the holders";

    private static string? Release(RecentLoad recent) =>
        recent.Costs.Where(static one => one.IdleShare >= MuchIdle && one.IdleMs >= SlowWorkMs)
            .MaxBy(static one => one.Share * one.IdleShare) is { } worst
        && recent.IdleShare >= MuchIdle
            ? $"Release the session of {worst.Operation} before the slow work: it holds a connection while it runs no statement."
            : null;

    private static string? Room(EngineSnapshot engine) => engine.Advice is { } advice && advice.Needed > engine.Permits
        ? Invariant($"The load of the last hour needs {Count(advice.Needed, "connection")}: raise PoolSize")
            + (engine.ServerLimit is { IsBehindPooler: false, Usable: > 0 and var usable } && usable < advice.Needed
                ? Invariant($", but the server has only {usable} for all workers.") : ".")
        : null;

    private static string Wait(EngineSnapshot engine, RecentLoad recent)
    {
        var opening = Math.Max(0, engine.InUse - engine.Holders.Count);
        var queue = engine.Waiting > 0
            ? Invariant($"{engine.Waiting} in the queue, the first for {Time(engine.OldestWait)}")
            : "nobody in the queue";
        var writers = engine.WaitingToWrite > 0
            ? Invariant($"; {engine.WaitingToWrite} for the write permit, the first for {Time(WritersWait(engine))}") : "";
        var open = opening > 0 ? Count(opening, "connection") + " being opened" : "no connection being opened";
        var blame = recent.Costs.Count == 0 ? ""
            : $" Connections were executing {Percent(1 - recent.IdleShare)} of the time, held idle {Percent(recent.IdleShare)}.";
        return $"{char.ToUpperInvariant(queue[0])}{queue[1..]}{writers}; {open}; the thread pool adds up to " +
            $"{Time(engine.ResumeLag)}.{blame}";
    }

    private static TimeSpan WritersWait(EngineSnapshot engine) =>
        engine.Waiters.Where(static one => one.WaitsToWrite).Select(static one => one.Waited).DefaultIfEmpty().Max();

    private static string Count(int count, string noun) => Invariant($"{count} {noun}{(count == 1 ? "" : "s")}");

    private static string Percent(double share) => Invariant($"{share * 100:0}\u00A0%");

    private static string Time(TimeSpan time) => time.TotalMilliseconds switch
    {
        < 0.05 => "0 ms",
        < 10 => Invariant($"{time.TotalMilliseconds:0.0} ms"),
        < 1000 => Invariant($"{time.TotalMilliseconds:0} ms"),
        < 10_000 => Invariant($"{time.TotalSeconds:0.0} s"),
        < 60_000 => Invariant($"{time.TotalSeconds:0} s"),
        < 3_600_000 => Invariant($"{time.TotalMinutes:0} min"),
        _ => Invariant($"{time.TotalHours:0.0} h"),
    };
}
