using Microsoft.Extensions.Logging;
using Millpond.Providers;

namespace Millpond.Supply;

/// <summary>Whether the database can be reached (G12): while it cannot, one probe asks and nobody else.</summary>
/// <remarks>
/// <para>States: <i>up</i>, and <i>down</i> with its cause. Down by an opening that failed in a way which means that nobody is
/// there, while no connection had any success since it began; up again by a probe that succeeds.</para>
/// <para>Right after it went down callers still wait for it: a restart takes a second or two, and fails nobody who has the time.
/// After that they are told at once. Who may be tried again waits as long as its deadline allows. Thread-safe.</para>
/// </remarks>
internal sealed class Availability(
    ConnectionSource source, string engineName, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const int MostWaiting = 1_000;

    // PostgreSQL restarts within a second or two, and so do the usual proxies.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    // One connection attempt in a while costs a server nothing that comes back, and is how late its return is noticed.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan KnockLimit = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _end = new();
    private TaskCompletionSource _recovery = NewRecovery();
    private readonly Lock _lock = new();
    private Task _probing = Task.CompletedTask;
    private volatile Outage? _outage;
    private long _lastSuccess;
    private int _waiting;
    private int _disposed;

    public bool IsDown => _outage is not null;

    /// <summary>Gets when it went down; null: it is up, as far as anybody knows.</summary>
    public DateTimeOffset? DownSince => _outage?.Since;

    /// <summary>Gets what ends when it is up again after the next time, or this time, that it is down.</summary>
    public Task Recovery => Volatile.Read(ref _recovery).Task;

    /// <summary>Gets or sets what to do when it is up again.</summary>
    public Action Recovered { get; set; } = static () => { };

    /// <summary>Notes that the database has just done something on some connection.</summary>
    public void NoteSuccess() => Volatile.Write(ref _lastSuccess, time.GetTimestamp());

    /// <summary>Says whether it has done something since a moment.</summary>
    public bool HasSucceededSince(long timestamp) => Volatile.Read(ref _lastSuccess) - timestamp >= 0;

    /// <summary>Makes the error for somebody who does not wait.</summary>
    /// <returns>Null: it is up.</returns>
    public DatabaseUnavailableException? Refusal() => _outage is { } outage
        ? DatabaseUnavailableException.Down(source.Server, time.GetUtcNow() - outage.Since, outage.Cause)
        : null;

    /// <summary>Has it be down until a probe succeeds.</summary>
    public void GoDown(DatabaseUnavailableException cause)
    {
        lock (_lock)
        {
            if (_outage is not null || _end.IsCancellationRequested)
            {
                return;
            }

            _outage = new Outage(cause, time.GetUtcNow(), time.GetTimestamp());
            using (ExecutionContext.SuppressFlow())   // it is nobody's request
            {
                _probing = Task.Run(ProbeAsync);
            }
        }

        var why = (cause.InnerException ?? cause).GetBaseException().Message;
        ConnectionLog.WentDown(logger, engineName, source.Server, why);
    }

    /// <summary>Waits for it to be up, if it is down.</summary>
    /// <param name="patient">Whether to wait for as long as the token allows, rather than for a restart only.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="DatabaseUnavailableException">It is down for longer than a restart takes, or too many wait.</exception>
    public ValueTask WhenUpAsync(bool patient, CancellationToken cancellationToken) =>
        _outage is { } outage ? WaitAsync(outage, patient, cancellationToken) : ValueTask.CompletedTask;

    /// <summary>Lets those go who wait for it, for the engine drains: there is nothing for them any more.</summary>
    public void LetGo() => _outage?.End();

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
            if (waiting > MostWaiting || (!patient && left <= TimeSpan.Zero))
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

    /// <summary>Knocks until somebody opens. Never throws.</summary>
    private async Task ProbeAsync()
    {
        for (var pause = FirstPause; !_end.IsCancellationRequested; pause = Longer(pause))
        {
            // Three quarters to the whole of it: workers that lost the same database do not knock together.
            await Task.Delay(pause * (0.75 + (Random.Shared.NextDouble() / 4)), time, _end.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_end.IsCancellationRequested && await KnockAsync().ConfigureAwait(false))
            {
                ComeUp();
                return;
            }
        }

        ComeUp();   // the engine ends: nobody waits for this any more
    }

    private static TaskCompletionSource NewRecovery() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TimeSpan Longer(TimeSpan pause) => pause * 1.5 < LongestPause ? pause * 1.5 : LongestPause;

    private async Task<bool> KnockAsync()
    {
        using var limit = new CancellationTokenSource(KnockLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _end.Token);
        try
        {
            await source.KnockAsync(either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception error)
        {
            // Full, or a wrong password since then: it is there.
            return error is DatabaseUnavailableException { MeansDown: false };
        }
    }

    private void ComeUp()
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
            BeginAnew();
            Interlocked.Exchange(ref _recovery, NewRecovery()).SetResult();
            ConnectionLog.CameUp(logger, engineName, source.Server, Math.Round(time.GetElapsedTime(over.At).TotalSeconds, 1));
            Recovered();
        }

        over.End();
    }

    private void BeginAnew()
    {
        try
        {
            source.BeginAnew();
        }
        catch (Exception error)
        {
            ConnectionLog.NotBegunAnew(logger, engineName, error);   // the user's own set-up, say; then it goes on as it is
        }
    }

    private sealed class Outage(DatabaseUnavailableException cause, DateTimeOffset since, long at)
    {
        private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public DatabaseUnavailableException Cause => cause;

        public DateTimeOffset Since => since;

        public long At => at;

        public Task Over => _over.Task;

        public void End() => _over.TrySetResult();
    }
}
