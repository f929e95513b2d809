namespace Millpond.Supply;

/// <summary>A pause in which no further connection is opened, because the server has just rejected one.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class GrowthStop : IAsyncDisposable
{
    // A server that has just rejected a connection will reject the next one too.
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

    /// <summary>Gets the reason why no connection is opened now; null if one can be.</summary>
    public DatabaseUnavailableException? Cause => _last is { } last && IsActive(last) ? last.Error : null;

    /// <summary>Gets the reason why no connection was opened at some time since a timestamp; null if there was none.</summary>
    public DatabaseUnavailableException? Since(long timestamp) =>
        _last is { } last && (IsActive(last) || last.At >= timestamp) ? last.Error : null;

    /// <summary>Begins or extends the pause.</summary>
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
