using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Millpond.Telemetry;

/// <summary>The instruments that are read when metrics are collected.</summary>
internal static class EngineInstruments
{
    private static readonly (SessionOutcome Outcome, string Name)[] Outcomes =
    [
        (SessionOutcome.Committed, "committed"),
        (SessionOutcome.RolledBack, "rolled_back"),
        (SessionOutcome.Unknown, "unknown"),
        (SessionOutcome.Read, "read"),
    ];

    private static readonly (RejectionReason Reason, string Name)[] Reasons =
    [
        (RejectionReason.Overload, "overload"),
        (RejectionReason.Deadline, "deadline"),
        (RejectionReason.QueueFull, "queue_full"),
        (RejectionReason.Nested, "nested"),
        (RejectionReason.Shutdown, "shutdown"),
    ];

    public static string NameOf(SessionOutcome outcome) => Outcomes[(int)outcome].Name;

    public static void Create(Meter meter, ConcurrentDictionary<EngineMeter, Func<EngineReading>> engines)
    {
        IEnumerable<Measurement<long>> All(Func<EngineReading, IEnumerable<Measurement<long>>> measure) =>
            engines.Values.SelectMany(read => measure(read()));

        void State(string name, string unit, string text, Func<EngineReading, IEnumerable<Measurement<long>>> measure) =>
            meter.CreateObservableUpDownCounter(name, () => All(measure), unit, text);

        void Total(string name, string unit, string text, Func<EngineReading, IEnumerable<Measurement<long>>> measure) =>
            meter.CreateObservableCounter(name, () => All(measure), unit, text);

        State(MetricNames.ConnectionCount, "{connection}", "The number of connections in a state.", Connections);
        State(MetricNames.ConnectionLimit, "{connection}", "The maximum number of open connections.", engine =>
            [Of(engine, engine.Permits)]);
        State(MetricNames.PendingRequests, "{request}", "The number of sessions that wait for a connection.", engine =>
            [Of(engine, engine.Waiting)]);
        Total(MetricNames.Timeouts, "{timeout}", "The number of waits for a connection that timed out.", engine =>
            [Of(engine, engine.TimedOut)]);
        State(MetricNames.Permits, "{permit}", "The number of permits by kind and state.", Permits);
        Total(MetricNames.Sessions, "{session}", "The number of uses of a connection by outcome.", engine =>
            Outcomes.Select(one => Of(engine, engine.Telemetry.Ended(one.Outcome), MetricNames.Outcome, one.Name)));
        Total(MetricNames.Rejections, "{session}", "The number of rejected sessions by reason.", engine =>
            Reasons.Select(one => Of(engine, engine.Telemetry.Rejected(one.Reason), MetricNames.Reason, one.Name)));
        Total(MetricNames.Retries, "{retry}", "The number of retries after a conflict or a lost connection.", engine =>
            [Of(engine, engine.Retries)]);
        Total(MetricNames.StaleConnections, "{connection}", "The number of idle connections that were found dead.", engine =>
            [Of(engine, engine.Telemetry.StaleConnections)]);
        Total(MetricNames.SynchronousCalls, "{call}", "The number of synchronous calls, allowed or not.", engine =>
            [Of(engine, engine.SynchronousCalls)]);
        Total(MetricNames.Findings, "{finding}", "The number of findings by id.", engine =>
            engine.Telemetry.Findings.Totals.Select(one => Of(engine, one.Count, MetricNames.FindingId, one.Id)));
        State(MetricNames.Overloaded, "{engine}", "1 while the pool is overloaded, otherwise 0.", engine =>
            [Of(engine, engine.IsOverloaded ? 1 : 0)]);
        State(MetricNames.Available, "{engine}", "0 while the database cannot be reached, otherwise 1.", engine =>
            [Of(engine, engine.IsAvailable ? 1 : 0)]);
        State(MetricNames.BackgroundJobs, "{job}", "The number of background jobs by state.", engine => engine.Jobs is { } jobs
            ?
            [
                Of(engine, jobs.Waiting, MetricNames.JobState, "waiting"),
                Of(engine, jobs.Running, MetricNames.JobState, "running"),
            ]
            : []);
    }

    private static IEnumerable<Measurement<long>> Connections(EngineReading engine)
    {
        yield return Of(engine, engine.InUse, MetricNames.ConnectionState, "used");
        if (engine.Idle is { } idle)
        {
            yield return Of(engine, idle, MetricNames.ConnectionState, "idle");
        }
    }

    private static IEnumerable<Measurement<long>> Permits(EngineReading engine)
    {
        yield return Permit(engine, "connection", "used", engine.InUse);
        yield return Permit(engine, "connection", "free", Math.Max(0, engine.Permits - engine.InUse));
        if (engine.HasWriter)
        {
            yield return Permit(engine, "write", "used", engine.IsWriting ? 1 : 0);
            yield return Permit(engine, "write", "free", engine.IsWriting ? 0 : 1);
        }
    }

    private static Measurement<long> Permit(EngineReading engine, string kind, string state, int count) => new(
        count,
        new KeyValuePair<string, object?>(MetricNames.PoolName, engine.Name),
        new(MetricNames.PermitKind, kind),
        new(MetricNames.PermitState, state));

    private static Measurement<long> Of(EngineReading engine, long value) =>
        new(value, new KeyValuePair<string, object?>(MetricNames.PoolName, engine.Name));

    private static Measurement<long> Of(EngineReading engine, long value, string tag, string tagValue) =>
        new(value, new KeyValuePair<string, object?>(MetricNames.PoolName, engine.Name), new(tag, tagValue));
}
