using Millpond.Engine.Capacity;
using Millpond.Engine.Load;
using Millpond.Leasing;
using Millpond.Sessions;
using Millpond.Supply;
using Millpond.Telemetry;

namespace Millpond.Engine;

/// <summary>Reads an engine's numbers: for users, for metrics and for the live page.</summary>
internal sealed class EngineNumbers(
    SessionServices services, EngineOptions options, ConnectionSupply supply, ServerCapacity capacity, EngineWatch watch)
{
    private const int MaxOperations = 50;
    private static readonly TimeSpan TargetWait = TimeSpan.FromMilliseconds(10);

    // Less would be advice from chance.
    private const int FewSessions = 100;

    /// <summary>Gets or sets how many background jobs wait and run; null if the engine has no queue for them.</summary>
    public Func<(int Waiting, int Running)>? Jobs { get; set; }

    public EngineSnapshot Snapshot()
    {
        var gate = services.Gate.GetSnapshot();
        var writers = services.WriteGate?.GetSnapshot() ?? default;
        var waits = services.Telemetry.Waits.Copy();
        return new EngineSnapshot
        {
            Name = services.EngineName,
            Provider = services.Source.Dialect.Name,
            Server = services.Source.Server,
            PoolSize = Math.Min(options.PoolSize, gate.Permits),
            MaxOverflow = gate.Permits - Math.Min(options.PoolSize, gate.Permits),
            Permits = gate.Permits,
            InUse = gate.InUse,
            Holders = services.Holders.Describe(),
            Waiting = gate.Waiting,
            Waiters = WaiterSnapshot.Of(services.WriteGate, EngineSnapshot.MaxWaiters, toWrite: true)
                .Concat(WaiterSnapshot.Of(services.Gate, EngineSnapshot.MaxWaiters, toWrite: false)).ToArray(),
            OldestWait = gate.OldestWait,
            WaitP50 = LatencyHistogram.Quantile(waits, [], 0.5),
            WaitP99 = LatencyHistogram.Quantile(waits, [], 0.99),
            ResumeLag = gate.ResumeLag > writers.ResumeLag ? gate.ResumeLag : writers.ResumeLag,
            IsWriting = writers.InUse > 0,
            WaitingToWrite = writers.Waiting,
            TimedOut = gate.TimedOut + writers.TimedOut,
            Rejected = gate.Rejected + writers.Rejected,
            IsOverloaded = gate.IsOverloaded,
            Commits = services.Commits,
            Rollbacks = services.Rollbacks,
            Retries = services.Retries,
            SynchronousCalls = services.SynchronousCalls.Count,
            IsDraining = gate.IsClosed,
            DownSince = services.Availability.DownSince,
            Cancellations = services.Cancels?.Sent ?? 0,
            ServerLimit = capacity.Latest,
            Operations = services.Telemetry.Ledger.Describe(MaxOperations),
            Findings = services.Telemetry.Findings.Describe(),
            Advice = Advise(),
        };
    }

    /// <summary>Reads what is collected as metrics.</summary>
    public EngineReading Read()
    {
        var gate = services.Gate.GetSnapshot();
        var writers = services.WriteGate?.GetSnapshot() ?? default;
        return new EngineReading
        {
            Name = services.EngineName,
            Permits = gate.Permits,
            InUse = gate.InUse,
            Idle = supply.Idle,
            Waiting = gate.Waiting,
            HasWriter = services.WriteGate is not null,
            IsWriting = writers.InUse > 0,
            TimedOut = gate.TimedOut + writers.TimedOut,
            Retries = services.Retries,
            SynchronousCalls = services.SynchronousCalls.Count,
            IsOverloaded = gate.IsOverloaded,
            IsAvailable = services.Availability.DownSince is null,
            Telemetry = services.Telemetry,
            Jobs = Jobs?.Invoke(),
        };
    }

    public BlackBoxSnapshot BlackBox()
    {
        var gate = services.Gate;
        var recorder = gate.Recorder!;
        var incident = recorder.Latest;
        var events = incident?.Events ?? recorder.Read();
        var inUse = incident is null ? gate.GetSnapshot().InUse : gate.Permits;   // a rejection means that none was free
        var taken = events.Count(static one => one.Kind == GateEventKind.Entered);
        var released = events.Count(static one => one.Kind == GateEventKind.Released);
        var granted = events.Count(static one => one.Kind == GateEventKind.Granted);
        return new BlackBoxSnapshot
        {
            EngineName = services.EngineName,
            FrozenAt = incident?.At,
            Reason = incident?.Reason,
            Permits = gate.Permits,
            InUseAtStart = Math.Clamp(inUse - taken - granted + released, 0, gate.Permits),
            Events = events,
        };
    }

    /// <summary>Calculates how many connections the load of the last minutes needs; null if there was too little.</summary>
    private PoolAdvice? Advise()
    {
        var recent = watch.History.Coarse();
        var sessions = recent.Sum(static one => one.Sessions);
        if (sessions < FewSessions)
        {
            return null;
        }

        var poolTime = recent.Aggregate(TimeSpan.Zero, static (sum, one) => sum + one.PoolTime);
        var idleTime = recent.Aggregate(TimeSpan.Zero, static (sum, one) => sum + one.IdleTime);
        var seconds = recent.Length * LoadHistory.CoarsePeriod.TotalSeconds;
        var idleShare = poolTime > TimeSpan.Zero ? Math.Min(1, idleTime / poolTime) : 0;
        return PoolAdvice.For(sessions / seconds, poolTime / sessions, TargetWait, idleShare);
    }
}
