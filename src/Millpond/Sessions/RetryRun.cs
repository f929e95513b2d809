using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Millpond.Leasing;
using Millpond.Transactions.Failures;

namespace Millpond.Sessions;

/// <summary>The attempts of one piece of work. Decides after each failure whether there is another, and waits (S17).</summary>
/// <remarks>One per piece of work. Not thread-safe.</remarks>
internal sealed class RetryRun
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private string? _obstacle;
    private bool _usedUp;

    public int Attempts { get; private set; } = 1;

    /// <summary>Gets whether this is a retry. Retries begin as writers on a database with a single writer (G32).</summary>
    public bool IsRetry => Attempts > 1;

    /// <summary>Records after a failed attempt what its flow did outside its own sessions.</summary>
    public void NoteEffects(SessionFlow? flow) => _obstacle ??= flow?.Effect;

    /// <summary>Decides after a failed attempt whether to retry, and waits before the retry.</summary>
    /// <returns>True to retry; false to throw <see cref="FinalError"/>.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled, or the caller had left before.</exception>
    public async ValueTask<bool> ShouldRetryAsync(
        Exception error, IReadOnlyList<DbSession> sessions, string? obstacle, CancellationToken cancellationToken)
    {
        var most = sessions.Count == 0 ? 0 : sessions.Max(static session => session.Options.Retries);
        if (most == 0 || FindCause(error, sessions) is not { } cause)
        {
            return false;
        }

        var services = sessions[0].Services;
        var operation = sessions[0].Origin.Operation;
        obstacle = ObstacleIn(sessions) ?? _obstacle ?? obstacle;
        if (obstacle is null)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _usedUp = Attempts > most;
        }

        if (_usedUp || obstacle is not null)
        {
            SessionLog.NotRetried(services.Logger, operation, cause.What, obstacle ?? $"it was tried {Attempts} times");
            Mark("millpond.not_retried", cause, obstacle);
            return false;
        }

        var pause = WaitsForWritePermit(cause, sessions) ? TimeSpan.Zero : Pause();
        SessionLog.Retried(services.Logger, operation, cause.What, Attempts + 1, most + 1, pause.TotalMilliseconds);
        Mark("millpond.retry", cause, obstacle: null);
        services.CountRetry();
        services.Telemetry.Ledger.Retried(
            operation,
            sessions.Aggregate(TimeSpan.Zero, static (sum, session) => sum + session.Unit.PoolTime),
            cause.IsConflict ? services.Holders.Rivals() : null);
        await Task.Delay(pause, services.Time, cancellationToken).ConfigureAwait(false);
        Attempts++;
        return true;
    }

    /// <summary>Returns if the work is to be retried. Otherwise throws the final error.</summary>
    public async ValueTask ThrowUnlessRetriedAsync(
        Exception error, IReadOnlyList<DbSession> sessions, CancellationToken cancellationToken)
    {
        if (!await ShouldRetryAsync(error, sessions, obstacle: null, cancellationToken).ConfigureAwait(false))
        {
            ExceptionDispatchInfo.Throw(FinalError(error, sessions));
        }
    }

    /// <summary>Returns the error after the last attempt: a conflict in every attempt becomes
    /// <see cref="SerializationConflictException"/>. If retries were left, the error is unchanged, and the log shows what
    /// prevented them: the error must not be reported as transient.</summary>
    public Exception FinalError(Exception error, IReadOnlyList<DbSession> sessions) =>
        _usedUp && IsRetry && FindCause(error, sessions) is { IsConflict: true, Error: not SerializationConflictException }
            ? SerializationConflictException.AfterAttempts(sessions[0].Origin.Operation, Attempts, error)
            : error;

    private static RetryCause? FindCause(Exception error, IReadOnlyList<DbSession> sessions)
    {
        foreach (var session in sessions)
        {
            if (session.Unit.Causes.Find(error, session.Services.Source.Dialect) is { } cause)
            {
                return cause;
            }
        }

        return null;
    }

    private static string? ObstacleIn(IReadOnlyList<DbSession> sessions)
    {
        foreach (var session in sessions)
        {
            if (session.Options.Mode == SessionMode.Autocommit)
            {
                return "each of its statements commits on its own (Mode = Autocommit)";
            }

            if (session.Unit.Hooks.HasCommitted)
            {
                return "it had committed before it failed";
            }

            if (session.Unit.Hooks.ExternalEffect is { } effect)
            {
                return $"it had an effect outside the database ({effect})";
            }
        }

        return null;
    }

    /// <summary>Returns whether the retry begins as the writer and this attempt could not become it. The retry then waits for
    /// its turn, so a pause would only add delay (G32).</summary>
    private bool WaitsForWritePermit(RetryCause cause, IReadOnlyList<DbSession> sessions) =>
        !IsRetry && cause.Error is SerializationConflictException
        && sessions.Any(static session => session.Services.WriteGate is not null);

    private static void Mark(string name, RetryCause cause, string? obstacle)
    {
        if (Activity.Current is { } activity)
        {
            var tags = new ActivityTagsCollection { ["millpond.retry.cause"] = cause.What };
            if (obstacle is not null)
            {
                tags["millpond.retry.obstacle"] = obstacle;
            }

            activity.AddEvent(new ActivityEvent(name, tags: tags));
        }
    }

    /// <summary>Doubles with each attempt, times a random factor between 0.5 and 1.5, so that conflicting transactions do not
    /// collide again.</summary>
    private TimeSpan Pause()
    {
        var pause = FirstPause * Math.Pow(2, Math.Min(Attempts - 1, 20));
        return (pause < LongestPause ? pause : LongestPause) * (0.5 + Random.Shared.NextDouble());
    }
}
