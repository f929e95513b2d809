using Millpond.Admission;
using Millpond.Leasing;
using Millpond.Telemetry;

namespace Millpond.Engine.Load;

/// <summary>Measures the load since the last call. For one caller at a time.</summary>
internal sealed class LoadMeasure
{
    private readonly EngineTelemetry _telemetry;
    private long[] _waits;
    private long[] _uses;
    private long[] _nextWaits;
    private long[] _nextUses;
    private TimeSpan _poolTime;
    private TimeSpan _idleTime;
    private long _rejected;
    private long _timedOut;

    public LoadMeasure(EngineTelemetry telemetry)
    {
        _telemetry = telemetry;
        (_waits, _nextWaits) = (telemetry.Waits.Copy(), telemetry.Waits.Copy());
        (_uses, _nextUses) = (telemetry.Uses.Copy(), telemetry.Uses.Copy());
        (_poolTime, _idleTime) = (telemetry.Uses.Total, telemetry.Idles.Total);
    }

    public LoadSample Next(DateTimeOffset at, GateSnapshot gate, int waitingToWrite, SessionLease[] holders)
    {
        _telemetry.Waits.CopyTo(_nextWaits);
        _telemetry.Uses.CopyTo(_nextUses);
        var (poolTime, idleTime) = (_telemetry.Uses.Total, _telemetry.Idles.Total);
        var executing = holders.Count(static lease => lease.Owner.Use.Running is not null);
        var sample = new LoadSample
        {
            At = at,
            Executing = executing,
            HeldIdle = holders.Length - executing,
            Opening = Math.Max(0, gate.InUse - holders.Length),
            Waiting = gate.Waiting,
            WaitingToWrite = waitingToWrite,
            OldestWait = gate.OldestWait,
            Sessions = LatencyHistogram.Count(_nextUses, _uses),
            Rejected = gate.Rejected - _rejected,
            TimedOut = gate.TimedOut - _timedOut,
            WaitP50 = LatencyHistogram.Quantile(_nextWaits, _waits, 0.5),
            WaitP99 = LatencyHistogram.Quantile(_nextWaits, _waits, 0.99),
            UseP50 = LatencyHistogram.Quantile(_nextUses, _uses, 0.5),
            UseP99 = LatencyHistogram.Quantile(_nextUses, _uses, 0.99),
            PoolTime = poolTime - _poolTime,
            IdleTime = idleTime - _idleTime,
            ResumeLag = gate.ResumeLag,
            ThreadPoolQueue = ThreadPool.PendingWorkItemCount,
        };
        (_waits, _nextWaits) = (_nextWaits, _waits);
        (_uses, _nextUses) = (_nextUses, _uses);
        (_poolTime, _idleTime, _rejected, _timedOut) = (poolTime, idleTime, gate.Rejected, gate.TimedOut);
        return sample;
    }
}
