using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Millpond.Leasing;
using Millpond.Transactions.Failures;

namespace Millpond.Sessions;

/// <summary>The tries of one piece of work: decides after each failure whether there is another, and waits (S17).</summary>
/// <remarks>One per work; not for several tasks at once.</remarks>
internal sealed class RetryRun
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private string? _obstacle;
    private bool _usedUp;

    public int Tries { get; private set; } = 1;

    /// <summary>Gets whether this is not the first try. It begins as a writer where there is one writer only (G32).</summary>
    public bool IsAgain => Tries > 1;

    /// <summary>Notes after a try that failed what was done in its flow beside its own sessions.</summary>
    public void NoteEffects(SessionFlow? flow) => _obstacle ??= flow?.Effect;

    /// <summary>Decides after a try that failed, and waits before the next.</summary>
    /// <returns>True: do it again. False: <see cref="FinalError"/> the error.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended, or whoever waits for the work had left
    /// before.</exception>
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
            _usedUp = Tries > most;
        }

        if (_usedUp || obstacle is not null)
        {
            SessionLog.NotTriedAgain(services.Logger, operation, cause.What, obstacle ?? $"it was tried {Tries} times");
            Mark("millpond.not_retried", cause, obstacle);
            return false;
        }

        var pause = WaitsAtTheGate(cause, sessions) ? TimeSpan.Zero : Pause();
        SessionLog.TriedAgain(services.Logger, operation, cause.What, Tries + 1, most + 1, pause.TotalMilliseconds);
        Mark("millpond.retry", cause, obstacle: null);
        services.CountRetry();
        await Task.Delay(pause, services.Time, cancellationToken).ConfigureAwait(false);
        Tries++;
        return true;
    }

    /// <summary>Returns for a further try. Throws what to tell where there is none.</summary>
    public async ValueTask ThrowUnlessAgainAsync(
        Exception error, IReadOnlyList<DbSession> sessions, CancellationToken cancellationToken)
    {
        if (!await ShouldRetryAsync(error, sessions, obstacle: null, cancellationToken).ConfigureAwait(false))
        {
            ExceptionDispatchInfo.Throw(FinalError(error, sessions));
        }
    }

    /// <summary>Finds what to tell after the last try: a conflict that all tries met is told as one. Where more tries were left
    /// the error is told as it is, and the log says what stood in the way: it is not to be called transient.</summary>
    public Exception FinalError(Exception error, IReadOnlyList<DbSession> sessions) =>
        _usedUp && IsAgain && FindCause(error, sessions) is { IsConflict: true, Error: not SerializationConflictException }
            ? SerializationConflictException.AfterTries(sessions[0].Origin.Operation, Tries, error)
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

    /// <summary>Says whether the next try begins as the writer where this one could not become it: then it waits for its turn
    /// there, and a pause would only lose that (G32).</summary>
    private bool WaitsAtTheGate(RetryCause cause, IReadOnlyList<DbSession> sessions) =>
        !IsAgain && cause.Error is SerializationConflictException
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

    /// <summary>Doubles with each try, half to one and a half times: who met in a conflict must not meet again.</summary>
    private TimeSpan Pause()
    {
        var pause = FirstPause * Math.Pow(2, Math.Min(Tries - 1, 20));
        return (pause < LongestPause ? pause : LongestPause) * (0.5 + Random.Shared.NextDouble());
    }
}
