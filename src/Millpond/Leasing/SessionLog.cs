using Microsoft.Extensions.Logging;
using Millpond.Diagnostics;

namespace Millpond.Leasing;

/// <summary>The log messages of sessions.</summary>
internal static partial class SessionLog
{
    [LoggerMessage(EventIds.SessionAbandoned, LogLevel.Error,
        "Session {SessionId} of engine '{Engine}', opened by {Operation}, was still open when its scope was disposed. It was " +
        "rolled back. Put UseMillpond around the endpoint, or commit in the code that opened it.")]
    public static partial void SessionAbandoned(ILogger logger, long sessionId, string engine, string operation);

    [LoggerMessage(EventIds.CleanupFailed, LogLevel.Warning,
        "Engine '{Engine}': a connection could not be returned to the pool. It is closed, and its permit is released.")]
    public static partial void CleanupFailed(ILogger logger, string engine, Exception exception);

    [LoggerMessage(EventIds.CleanupLate, LogLevel.Warning,
        "Session {SessionId} of engine '{Engine}', opened by {Operation}, ended while '{Running}' was still running on it and " +
        "did not stop within {LimitSeconds} s. Its connection returns when the command ends. Await every command before the " +
        "session ends.")]
    public static partial void CleanupLate(
        ILogger logger, long sessionId, string engine, string operation, string running, double limitSeconds);

    [LoggerMessage(EventIds.CancelFailed, LogLevel.Debug, "Engine '{Engine}': a cancellation request could not be sent.")]
    public static partial void CancelFailed(ILogger logger, string engine, Exception exception);

    [LoggerMessage(EventIds.ResetFailed, LogLevel.Warning,
        "Engine '{Engine}': the connection of the session of {Operation} could not be reset. It is closed, and its permit is " +
        "released.")]
    public static partial void ResetFailed(ILogger logger, string engine, string operation, Exception exception);

    [LoggerMessage(EventIds.HookFailed, LogLevel.Warning,
        "An {Kind} hook of {Operation} failed. The other hooks and the response are not affected.")]
    public static partial void HookFailed(ILogger logger, string kind, string operation, Exception exception);

    [LoggerMessage(EventIds.HookLate, LogLevel.Warning,
        "An {Kind} hook of {Operation} took longer than HookTimeout ({LimitSeconds} s), and the response no " +
        "longer waits for it. Move long work to BackgroundSessions.")]
    public static partial void HookLate(ILogger logger, string kind, string operation, double limitSeconds);

    [LoggerMessage(EventIds.HooksDropped, LogLevel.Warning,
        "{Count} hooks of {Operation} did not run, because the outcome of its commit is unknown.")]
    public static partial void HooksDropped(ILogger logger, int count, string operation);

    [LoggerMessage(EventIds.Retried, LogLevel.Debug,
        "{Operation} failed with {Cause}: attempt {Try} of {Most} in {PauseMs:0} ms.")]
    public static partial void Retried(
        ILogger logger, string operation, string cause, int @try, int most, double pauseMs);

    [LoggerMessage(EventIds.NotRetried, LogLevel.Information,
        "{Operation} failed with {Cause} and was not retried: {Obstacle}.")]
    public static partial void NotRetried(ILogger logger, string operation, string cause, string obstacle);

    [LoggerMessage(EventIds.CommitConfirmed, LogLevel.Information,
        "Engine '{Engine}': the COMMIT of {Operation} was not answered. A query on another connection showed that it was " +
        "committed.")]
    public static partial void CommitConfirmed(ILogger logger, string engine, string operation);

    [LoggerMessage(EventIds.CommitUnconfirmed, LogLevel.Information,
        "Engine '{Engine}': the COMMIT of {Operation} was not answered, and its outcome could not be queried.")]
    public static partial void CommitUnconfirmed(ILogger logger, string engine, string operation, Exception exception);

    [LoggerMessage(EventIds.SynchronousCallAllowed, LogLevel.Warning,
        "Engine '{Engine}': {Member} at {CallSite} blocked its thread until the database answered. Use {Replacement} " +
        "instead. (Logged once per place.)")]
    public static partial void SynchronousCallAllowed(
        ILogger logger, string engine, string member, string callSite, string replacement);

    [LoggerMessage(EventIds.LeakSuspected, LogLevel.Warning,
        "Engine '{Engine}': session {SessionId} of {Operation} has held its connection for {HeldSeconds} s ({Commands}, " +
        "{IdlePercent} % of the time idle). {Now}. Called from: {CallSite}; trace {TraceId}. {Question}")]
    public static partial void LeakSuspected(
        ILogger logger, string engine, long sessionId, string operation, double heldSeconds, string commands, double idlePercent,
        string now, string callSite, string traceId, string question);

    [LoggerMessage(EventIds.LeakReturned, LogLevel.Information,
        "Engine '{Engine}': session {SessionId} of {Operation} returned its connection after {HeldSeconds} s.")]
    public static partial void LeakReturned(
        ILogger logger, string engine, long sessionId, string operation, double heldSeconds);
}
