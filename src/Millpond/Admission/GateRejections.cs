namespace Millpond.Admission;

/// <summary>Counts rejected callers and creates their errors.</summary>
/// <remarks>Under overload thousands are rejected in a second, and their errors show the same holders, so a report is reused
/// for a moment. Thread-safe: callers that are rejected while a new one is made get the previous one.</remarks>
internal sealed class GateRejections(TimeProvider time, Func<PoolReport> report)
{
    private static readonly TimeSpan ReportAge = TimeSpan.FromMilliseconds(100);

    private long _count;
    private long _reportedAt;
    private volatile PoolReport? _last;

    public long Count => Volatile.Read(ref _count);

    public SessionRejectedException Next(ArrivalVerdict verdict, TimeSpan waited, TimeSpan expected, TimeSpan limit)
    {
        Interlocked.Increment(ref _count);
        var now = time.GetTimestamp();
        var recent = _last;
        if (recent is null || time.GetElapsedTime(Volatile.Read(ref _reportedAt), now) > ReportAge)
        {
            Volatile.Write(ref _reportedAt, now);
            _last = recent = report();
        }

        return SessionRejectedException.Overloaded(recent, verdict, waited, expected, limit);
    }
}
