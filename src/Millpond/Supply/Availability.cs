using Microsoft.Extensions.Logging;
using Millpond.Providers;

namespace Millpond.Supply;

/// <summary>Whether the database can be reached (G12). While it cannot, only one probe tries.</summary>
/// <remarks>
/// <para>The database goes down if an opening fails because nothing answers and no connection has succeeded since that opening
/// began. It is up again when a probe succeeds.</para>
/// <para>In the first seconds callers wait for a restart; after that they fail immediately. A caller whose work can be retried
/// waits until its deadline. Thread-safe.</para>
/// </remarks>
internal sealed class Availability(
    ConnectionSource source, string engineName, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const int MaxWaiting = 1_000;

    // PostgreSQL restarts within a second or two, and so do the usual proxies.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    // One connection attempt from time to time does not burden a recovering server, and determines how late its return is
    // noticed.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _end = new();
    private TaskCompletionSource _recovery = NewRecovery();
    private readonly Lock _lock = new();
    private Task _probing = Task.CompletedTask;
    private volatile Outage? _outage;
    private long _lastSuccess;
    private int _waiting;
    private int _disposed;

    public bool IsDown => _outage is not null;

    public DateTimeOffset? DownSince => _outage?.Since;

    /// <summary>Gets a task that completes with the current or the next outage.</summary>
    public Task Recovery => Volatile.Read(ref _recovery).Task;

    public Action Recovered { get; set; } = static () => { };

    public void NoteSuccess() => Volatile.Write(ref _lastSuccess, time.GetTimestamp());

    public bool HasSucceededSince(long timestamp) => Volatile.Read(ref _lastSuccess) - timestamp >= 0;

    /// <returns>The error for a caller that does not wait; null if the database is up.</returns>
    public DatabaseUnavailableException? Refusal() => _outage is { } outage
        ? DatabaseUnavailableException.Down(source.Server, time.GetUtcNow() - outage.Since, outage.Cause)
        : null;

    /// <summary>Marks the database as unavailable until a probe succeeds.</summary>
    public void MarkUnavailable(DatabaseUnavailableException cause)
    {
        lock (_lock)
        {
            if (_outage is not null || _end.IsCancellationRequested)
            {
                return;
            }

            _outage = new Outage(cause, time.GetUtcNow(), time.GetTimestamp());
            using (ExecutionContext.SuppressFlow())   // it belongs to no request
            {
                _probing = Task.Run(ProbeAsync);
            }
        }

        var why = (cause.InnerException ?? cause).GetBaseException().Message;
        ConnectionLog.BecameUnavailable(logger, engineName, source.Server, why);
    }

    /// <summary>Waits while the database is down.</summary>
    /// <param name="patient">Whether to wait as long as the token allows instead of for a restart only.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="DatabaseUnavailableException">The outage is longer than a restart, or too many callers
    /// wait.</exception>
    public ValueTask WhenUpAsync(bool patient, CancellationToken cancellationToken) =>
        _outage is { } outage ? WaitAsync(outage, patient, cancellationToken) : ValueTask.CompletedTask;

    /// <summary>Releases the waiting callers because the engine is shutting down.</summary>
    public void ReleaseWaiters() => _outage?.End();

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _end.CancelAsync().ConfigureAwait(false);
        Task probing;
        lock (_lock)
        {
            probing = _probing;
        }

        await probing.ConfigureAwait(false);
        _end.Dispose();
    }

    private async ValueTask WaitAsync(Outage outage, bool patient, CancellationToken cancellationToken)
    {
        var left = patient ? Timeout.InfiniteTimeSpan : Grace - time.GetElapsedTime(outage.At);
        var waiting = Interlocked.Increment(ref _waiting);
        try
        {
            if (waiting > MaxWaiting || (!patient && left <= TimeSpan.Zero))
            {
                throw Refusal() ?? outage.Cause;
            }

            await outage.Over.WaitAsync(left, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw Refusal() ?? outage.Cause;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private async Task ProbeAsync()
    {
        for (var pause = FirstPause; !_end.IsCancellationRequested; pause = NextPause(pause))
        {
            // Three quarters to the whole of it, so that workers that lost the same database do not probe simultaneously.
            await Task.Delay(pause * (0.75 + (Random.Shared.NextDouble() / 4)), time, _end.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_end.IsCancellationRequested && await ProbeUnpooledAsync().ConfigureAwait(false))
            {
                MarkAvailable();
                return;
            }
        }

        MarkAvailable();   // the engine is ending: nothing waits for this any more
    }

    private static TaskCompletionSource NewRecovery() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TimeSpan NextPause(TimeSpan pause) => pause * 1.5 < LongestPause ? pause * 1.5 : LongestPause;

    private async Task<bool> ProbeUnpooledAsync()
    {
        using var limit = new CancellationTokenSource(ProbeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _end.Token);
        try
        {
            await source.ProbeUnpooledAsync(either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception error)
        {
            // Full, or a wrong password in the meantime: the server answers.
            return error is DatabaseUnavailableException { MeansDown: false };
        }
    }

    private void MarkAvailable()
    {
        Outage over;
        lock (_lock)
        {
            over = _outage!;
            _outage = null;
        }

        if (!_end.IsCancellationRequested)
        {
            NoteSuccess();
            ResetPool();
            Interlocked.Exchange(ref _recovery, NewRecovery()).SetResult();
            ConnectionLog.BecameAvailable(
                logger, engineName, source.Server, Math.Round(time.GetElapsedTime(over.At).TotalSeconds, 1));
            Recovered();
        }

        over.End();
    }

    private void ResetPool()
    {
        try
        {
            source.ResetPool();
        }
        catch (Exception error)
        {
            ConnectionLog.PoolResetFailed(logger, engineName, error);   // the old pool stays in use
        }
    }

    private sealed record Outage(DatabaseUnavailableException Cause, DateTimeOffset Since, long At)
    {
        private readonly TaskCompletionSource _over = NewRecovery();

        public Task Over => _over.Task;

        public void End() => _over.TrySetResult();
    }
}
