namespace Millpond.Supply;

/// <summary>A pause in which no further connection is opened, because the server has just refused one.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class GrowthStop : IAsyncDisposable
{
    // A server that has just refused one more connection refuses the next one too.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private volatile Refusal? _last;

    public GrowthStop(TimeProvider time, TimerCallback over)
    {
        _time = time;
        using (ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(over, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Gets why no connection is opened now; null: one may be.</summary>
    public DatabaseUnavailableException? Cause => _last is { } last && IsActive(last) ? last.Error : null;

    /// <summary>Gets why no connection was opened at some time since a timestamp; null: that was not so.</summary>
    public DatabaseUnavailableException? Since(long timestamp) =>
        _last is { } last && (IsActive(last) || last.At >= timestamp) ? last.Error : null;

    /// <summary>Begins or prolongs the pause.</summary>
    /// <returns>Whether it began.</returns>
    public bool Begin(DatabaseUnavailableException error)
    {
        var began = Cause is null;
        _last = new Refusal(_time.GetTimestamp(), error);
        _timer.Change(Pause, Timeout.InfiniteTimeSpan);
        return began;
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private bool IsActive(Refusal refusal) => _time.GetElapsedTime(refusal.At) < Pause;

    private sealed record Refusal(long At, DatabaseUnavailableException Error);
}
