using Millpond.Admission;
using Millpond.Leasing;
using Millpond.Telemetry;
using Millpond.Telemetry.Findings;
using static System.FormattableString;

namespace Millpond.Engine.Load;

/// <summary>Samples an engine's load every second, and looks for problems that only show over time.</summary>
/// <remarks>Runs on a timer of the engine's time provider. A tick that comes while the last one still runs is skipped.</remarks>
internal sealed class EngineWatch : IDisposable
{
    private static readonly TimeSpan StarvedFrom = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ServerPeriod = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromSeconds(60);
    private const double CostlyShare = 0.1;
    private const int FewRetries = 20;

    private readonly LeaseServices _services;
    private readonly Func<GateSnapshot> _gate;
    private readonly Action _checkServer;
    private readonly LoadMeasure _fine;
    private readonly LoadMeasure _coarse;
    private readonly Lock _starting = new();
    private ITimer? _timer;
    private long _coarseAt;
    private long _serverAt;
    private long _retriesAt;
    private long _staleBefore;
    private int _ticking;
    private bool _disposed;

    /// <param name="services">The engine's services.</param>
    /// <param name="gate">Reads the numbers of the gate.</param>
    /// <param name="checkServer">Begins to compare the pool with the server's limit.</param>
    public EngineWatch(LeaseServices services, Func<GateSnapshot> gate, Action checkServer)
    {
        (_services, _gate, _checkServer) = (services, gate, checkServer);
        (_fine, _coarse) = (new LoadMeasure(services.Telemetry), new LoadMeasure(services.Telemetry));
    }

    public LoadHistory History { get; } = new();

    /// <summary>Begins to sample. Further calls have no effect.</summary>
    public void Start()
    {
        lock (_starting)
        {
            if (_timer is not null || _disposed)
            {
                return;
            }

            _coarseAt = _serverAt = _retriesAt = _services.Time.GetTimestamp();
            using (ExecutionContext.SuppressFlow())
            {
                _timer = _services.Time.CreateTimer(
                    static watch => ((EngineWatch)watch!).Tick(), this, LoadHistory.FinePeriod, LoadHistory.FinePeriod);
            }
        }
    }

    public void Dispose()
    {
        lock (_starting)
        {
            _disposed = true;
            _timer?.Dispose();
        }
    }

    private void Tick()
    {
        if (Interlocked.Exchange(ref _ticking, 1) != 0)
        {
            return;
        }

        try
        {
            var (at, gate, holders) = (_services.Time.GetUtcNow(), _gate(), _services.Holders.ToArray());
            var writers = _services.WriteGate?.GetSnapshot().Waiting ?? 0;
            History.AddFine(_fine.Next(at, gate, writers, holders));
            if (IsDue(ref _coarseAt, LoadHistory.CoarsePeriod))
            {
                History.AddCoarse(_coarse.Next(at, gate, writers, holders));
            }

            FindStarvation(gate);
            FindStale();
            if (IsDue(ref _retriesAt, RetryPeriod))
            {
                FindCostlyRetries();
            }

            if (IsDue(ref _serverAt, ServerPeriod))
            {
                _checkServer();
            }
        }
        finally
        {
            Volatile.Write(ref _ticking, 0);
        }
    }

    private bool IsDue(ref long last, TimeSpan period)
    {
        var now = _services.Time.GetTimestamp();
        if (_services.Time.GetElapsedTime(last, now) < period - (LoadHistory.FinePeriod / 2))
        {
            return false;
        }

        last = now;
        return true;
    }

    private void FindStarvation(GateSnapshot gate)
    {
        if (gate.ResumeLag >= StarvedFrom)
        {
            _services.Telemetry.Findings.Add(
                FindingKind.ThreadPoolStarvation,
                operation: null,
                "",
                static gate => new FindingText(
                    Invariant($"Sessions resumed up to {gate.ResumeLag.TotalSeconds:0.0} s after they got a connection."),
                    "Something blocks the thread pool: find .Result, .Wait(), Thread.Sleep and synchronous I/O before you " +
                    "raise PoolSize.",
                    []),
                gate);
        }
    }

    private void FindStale()
    {
        var stale = _services.Telemetry.StaleConnections;
        if (stale > _staleBefore)
        {
            _services.Telemetry.Findings.Add(
                FindingKind.StaleConnection,
                operation: null,
                "",
                static count => new FindingText(
                    Invariant($"{count} idle connections were dead and were replaced."),
                    "No session was affected. If this continues, something between closes idle connections: set a shorter " +
                    "Connection Idle Lifetime or TCP keepalives.",
                    []),
                stale - _staleBefore);
            _staleBefore = stale;
        }
    }

    private void FindCostlyRetries()
    {
        foreach (var one in _services.Telemetry.Ledger.Describe(OperationLedger.MaxOperations)
            .Where(static one => one.Retries >= FewRetries && one.LostToRetries >= one.PoolTime * CostlyShare))
        {
            _services.Telemetry.Findings.Add(
                FindingKind.CostlyRetries,
                one.Operation,
                "",
                static seen => new FindingText(
                    Invariant($"{seen.One.Retries} retries of {seen.One.Operation} have cost ") +
                    Invariant($"{seen.One.LostToRetries.TotalSeconds:0.0} s of pool time, ") +
                    Invariant($"{seen.One.LostToRetries / seen.One.PoolTime:0 %} of all it used."),
                    "Lock the rows in one order, take the contended row last, or lower the isolation level.",
                    seen.Rivals is { } rivals ? [$"at the same time: {rivals}"] : []),
                (One: one, Rivals: _services.Telemetry.Ledger.RivalsOf(one.Operation)));
        }
    }
}
