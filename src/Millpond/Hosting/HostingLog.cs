using Microsoft.Extensions.Logging;
using Millpond.Diagnostics;

namespace Millpond.Hosting;

/// <summary>The log messages of hosting.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(EventIds.WarmUpFailed, LogLevel.Warning,
        "Engine '{Engine}' could not open its connections at startup: {Reason} The service starts anyway, and each request " +
        "tries again.")]
    public static partial void WarmUpFailed(ILogger logger, string engine, string reason);

    [LoggerMessage(EventIds.JobFailed, LogLevel.Error,
        "Engine '{Engine}': a {Operation} failed and is not retried. Other jobs are not affected. It was enqueued by " +
        "trace {TraceId}.")]
    public static partial void JobFailed(ILogger logger, string engine, string operation, string traceId, Exception exception);

    [LoggerMessage(EventIds.JobsLeft, LogLevel.Warning,
        "Engine '{Engine}': background jobs were not done at the end of the shutdown timeout: {Cancelled} were cancelled and " +
        "{Left} never began. Raise HostOptions.ShutdownTimeout, or shorten the jobs.")]
    public static partial void JobsLeft(ILogger logger, string engine, int cancelled, int left);

    [LoggerMessage(EventIds.JobTooLate, LogLevel.Warning,
        "Engine '{Engine}': a {Operation} never began, because its session committed after background jobs had stopped. It was " +
        "enqueued by trace {TraceId}.")]
    public static partial void JobTooLate(ILogger logger, string engine, string operation, string traceId);

    [LoggerMessage(EventIds.JobCallbackFailed, LogLevel.Warning,
        "Engine '{Engine}': a callback on a background job's token failed when the job was cancelled. The shutdown continues.")]
    public static partial void JobCallbackFailed(ILogger logger, string engine, Exception exception);

    [LoggerMessage(EventIds.JobScopeFailed, LogLevel.Warning,
        "Engine '{Engine}': the services of a {Operation} could not be disposed. The job's outcome is not affected. It was " +
        "enqueued by trace {TraceId}.")]
    public static partial void JobScopeFailed(
        ILogger logger, string engine, string operation, string traceId, Exception exception);

    [LoggerMessage(EventIds.OrdinaryContext, LogLevel.Warning,
        "{Context} is registered with AddDbContext, so it does not use the session's connection and transaction. If it uses an " +
        "engine's database, register it with AddSessionDbContext<{Name}> of package Millpond.EntityFrameworkCore.")]
    public static partial void OrdinaryContext(ILogger logger, string context, string name);

    [LoggerMessage(EventIds.OrdinaryContextOfEngine, LogLevel.Warning,
        "{Context} is registered with AddDbContext, so it does not use the session's connection and transaction, although it " +
        "uses the database of engine '{Engine}'. Register it with AddSessionDbContext<{Name}> instead.")]
    public static partial void OrdinaryContextOfEngine(ILogger logger, string context, string engine, string name);

    [LoggerMessage(EventIds.ScopeFailed, LogLevel.Warning,
        "The services of {Operation} could not be disposed. Its outcome is not affected.")]
    public static partial void ScopeFailed(ILogger logger, string operation, Exception exception);
}
