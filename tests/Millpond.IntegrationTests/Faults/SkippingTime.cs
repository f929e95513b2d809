namespace Millpond.IntegrationTests.Faults;

/// <summary>The system's time, of which a test skips some: for an engine, its connections have been idle for that long.</summary>
internal sealed class SkippingTime : TimeProvider
{
    private long _skipped;

    /// <summary>Gets or sets how much faster its timers run.</summary>
    public int Speed { get; init; } = 1;

    public void Skip(TimeSpan time) => Interlocked.Add(ref _skipped, (long)(time.TotalSeconds * TimestampFrequency));

    public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref _skipped);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(base.CreateTimer(callback, state, Faster(dueTime), Faster(period)), this);

    private TimeSpan Faster(TimeSpan time) => time > TimeSpan.Zero ? time / Speed : time;

    private sealed class Timer(ITimer timer, SkippingTime time) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(time.Faster(dueTime), time.Faster(period));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
