namespace Millpond.Supply;

/// <summary>Sends cancellations on other threads, a few at a time (G14).</summary>
/// <remarks>A driver may open a connection for each cancellation and block the calling thread, as Npgsql does. A thousand
/// clients that disconnect at once would open as many connections and block as many threads. Here each cancellation waits for
/// its turn, on its own thread, and one whose command has ended by then is not sent. If the server does not answer, a
/// cancellation may hang as long as its command. Then its turn ends nevertheless, and the caller of the command is released.
/// Thread-safe.</remarks>
/// <param name="patience">How long a command may continue after its caller has given up: the clean-up timeout.</param>
/// <param name="time">The source of time.</param>
internal sealed class CancelThrottle(TimeSpan patience, TimeProvider time) : IDisposable
{
    private const int MaxConcurrent = 4;
    private const int MaxHanging = 16;

    // A cancellation is one packet there and a closed connection back.
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turns = new(MaxConcurrent);
    private long _sent;
    private int _hanging;

    /// <summary>Gets how many were sent since the start.</summary>
    public long Sent => Volatile.Read(ref _sent);

    public TimeSpan Patience => patience;

    public TimeProvider Time => time;

    /// <summary>Runs a cancellation when it is its turn.</summary>
    /// <param name="isDue">Whether it still has to be sent.</param>
    /// <param name="cancel">Sends it.</param>
    public async Task RunAsync(Func<bool> isDue, Func<Task> cancel)
    {
        await _turns.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (Volatile.Read(ref _hanging) < MaxHanging && isDue())
            {
                Interlocked.Increment(ref _sent);
                await EndTurnAsync(cancel()).ConfigureAwait(false);
            }
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();

    private async Task EndTurnAsync(Task cancellation)
    {
        if (!cancellation.IsCompleted)
        {
            await cancellation.WaitAsync(Turn, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (cancellation.IsCompleted)
        {
            await cancellation.ConfigureAwait(false);
            return;
        }

        Interlocked.Increment(ref _hanging);
        _ = cancellation.ContinueWith(
            static (_, throttle) => Interlocked.Decrement(ref ((CancelThrottle)throttle!)._hanging),
            this,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }
}
