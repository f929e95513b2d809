using Microsoft.Extensions.Logging;
using Millpond.Hosting;
using Millpond.Hosting.Background;
using Millpond.Leasing;
using Millpond.Transactions.Hooks;

namespace Millpond;

/// <summary>Work for after the response: a bounded queue of jobs, each with a session of its own.</summary>
/// <remarks>
/// <para><c>AddMillpond</c> registers one for each engine: inject it, with the engine's name as its key where there are several.
/// </para>
/// <para>A job runs in a service scope and a flow of its own, in nobody's execution context. Its session is injected into its
/// services under the name that the origin has: a job enqueued on a keyed session has that one under its key, and the main
/// engine's without a key. It has the engine's session defaults, except for <see cref="DbSessionOptions.Retries"/>. What was done
/// with it is committed when the job returns and rolled back when it throws. A job that fails is logged with where it came from,
/// and no other is affected.</para>
/// <para>Inside a job, its session's engine stands for its name: <see cref="EngineRouter"/> is not asked, so that another
/// scope, <c>IDbContextFactory</c> and <c>EnqueueNow</c> use the same database.</para>
/// <para>Jobs begin in the order of their commits, <see cref="EngineOptions.BackgroundWorkers"/> at once. Before the engine
/// drains at the host's stop, those that wait are run as long as the host allows, and so are those that a job enqueues
/// meanwhile: one that always enqueues the next has the stop take that long. They are not durable: what a killed process had not
/// run is lost. Thread-safe.</para>
/// </remarks>
public sealed class BackgroundSessions
{
    // How long a cancelled job may take to return before the engine ends its session.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly DbEngine _engine;
    private readonly IServiceProvider _services;
    private readonly ILogger _logger;
    private readonly JobQueue _queue;

    internal BackgroundSessions(DbEngine engine, IServiceProvider services)
    {
        (_engine, _services) = (engine, services);
        _logger = engine.Loggers.CreateLogger("Millpond.Background");
        _queue = new JobQueue(engine.Name, engine.BackgroundCapacity, engine.BackgroundWorkers, RunAsync, LogTooLate);
    }

    /// <summary>Enqueues a job that runs once a session has committed, and is dropped when it rolls back.</summary>
    /// <param name="origin">The session whose next commit the job waits for; the job's own is on the same database.</param>
    /// <param name="job">The job, with its session, which is committed when it returns. Its token is cancelled when the host's
    /// time to stop is up.</param>
    /// <param name="retries">How often the job runs again after a conflict, a deadlock or a lost connection: 0 to 100. Default
    /// 0, whatever the engine's <see cref="DbSessionOptions.Retries"/>: a job usually does what must not be done twice.</param>
    /// <remarks>A place in the queue is reserved immediately, so that a full queue fails here, while everything can still be
    /// rolled back. The job is dropped when the session's transaction is rolled back, also to a savepoint set before, and when
    /// the outcome of its commit is unknown. In a session with <see cref="SessionMode.Autocommit"/>, outside of a transaction,
    /// the statements before it are committed already: the job is enqueued when the session ends, whatever its
    /// outcome.</remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="retries"/> is not 0 to 100.</exception>
    /// <exception cref="SessionRejectedException"><see cref="EngineOptions.BackgroundCapacity"/> jobs are waiting, or the host
    /// stops and this is not inside one of its own jobs.</exception>
    /// <exception cref="SessionEndedException">The session is over.</exception>
    public void Enqueue(DbSession origin, Func<DbSession, CancellationToken, Task> job, int retries = 0)
    {
        ArgumentNullException.ThrowIfNull(job);
        Enqueue(origin, (session, _, token) => job(session, token), retries);
    }

    /// <param name="origin">The session whose next commit the job waits for; the job's own is on the same database.</param>
    /// <param name="job">The job, with its session and the services of its own scope, into which the same session is injected
    /// under the same name. Its token is cancelled when the host's time to stop is up.</param>
    /// <param name="retries">How often the job runs again after a conflict, a deadlock or a lost connection: 0 to 100. Default
    /// 0, whatever the engine's <see cref="DbSessionOptions.Retries"/>: a job usually does what must not be done twice.</param>
    /// <inheritdoc cref="Enqueue(DbSession, Func{DbSession, CancellationToken, Task}, int)" path="/summary|/remarks|/exception"/>
    public void Enqueue(DbSession origin, Func<DbSession, IServiceProvider, CancellationToken, Task> job, int retries = 0)
    {
        ArgumentNullException.ThrowIfNull(origin);
        ArgumentNullException.ThrowIfNull(job);
        origin.Unit.ThrowIfOver();   // before a place is reserved
        var reserved = Reserve(origin, $"background job of {origin.Origin.Operation}", job, retries);
        try
        {
            origin.Unit.Hooks.AfterCommit(new AfterCommitHook(
                _ =>
                {
                    _queue.Fill(reserved);
                    return Task.CompletedTask;
                },
                () => _queue.Free(reserved)));
        }
        catch (SessionEndedException)
        {
            _queue.Free(reserved);   // the session has just ended: the client disconnected
            throw;
        }
    }

    /// <summary>Enqueues a job immediately, whatever the outcome of the caller's own session.</summary>
    /// <param name="job">The job, with its session, which is committed when it returns. Its token is cancelled when the host's
    /// time to stop is up.</param>
    /// <param name="retries">How often the job runs again after a conflict, a deadlock or a lost connection: 0 to 100. Default
    /// 0.</param>
    /// <param name="sameDatabaseAs">The session whose database the job's session is on, as where an <see cref="EngineRouter"/>
    /// decides. Null: inside a background job that job's, else this engine's.</param>
    /// <remarks>The work that calls it is not retried (<see cref="DbSessionOptions.Retries"/>): the job would run
    /// twice.</remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="retries"/> is not 0 to 100.</exception>
    /// <exception cref="SessionRejectedException"><see cref="EngineOptions.BackgroundCapacity"/> jobs are waiting, or the host
    /// stops and this is not inside one of its own jobs.</exception>
    public void EnqueueNow(
        Func<DbSession, CancellationToken, Task> job, int retries = 0, DbSession? sameDatabaseAs = null)
    {
        ArgumentNullException.ThrowIfNull(job);
        EnqueueNow((session, _, token) => job(session, token), retries, sameDatabaseAs);
    }

    /// <param name="job">The job, with its session and the services of its own scope, into which the same session is injected.
    /// Its token is cancelled when the host's time to stop is up.</param>
    /// <param name="retries">How often the job runs again after a conflict, a deadlock or a lost connection: 0 to 100. Default
    /// 0.</param>
    /// <param name="sameDatabaseAs">The session whose database the job's session is on, as where an <see cref="EngineRouter"/>
    /// decides. Null: inside a background job that job's, else this engine's.</param>
    /// <inheritdoc cref="EnqueueNow(Func{DbSession, CancellationToken, Task}, int, DbSession)"
    /// path="/summary|/remarks|/exception"/>
    public void EnqueueNow(
        Func<DbSession, IServiceProvider, CancellationToken, Task> job, int retries = 0, DbSession? sameDatabaseAs = null)
    {
        ArgumentNullException.ThrowIfNull(job);
        _queue.Fill(Reserve(sameDatabaseAs, "background job", job, retries));
        SessionFlow.Current?.Note("it had enqueued a background job (EnqueueNow)");
    }

    /// <summary>Reads the numbers.</summary>
    /// <returns>The numbers at this instant.</returns>
    public BackgroundSnapshot GetSnapshot() => _queue.GetSnapshot();

    /// <summary>Takes no new jobs and runs those that wait, until the token fires: the rest is cancelled and told.</summary>
    internal async Task StopAsync(CancellationToken cancellationToken)
    {
        var (cancelled, left) = await _queue.StopAsync(cancellationToken).ConfigureAwait(false);
        if (cancelled + left > 0)
        {
            HostingLog.JobsLeft(_logger, _engine.Name, cancelled, left);
        }

        try
        {
            await _queue.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException error)
        {
            HostingLog.JobCallbackFailed(_logger, _engine.Name, error);
        }

        // Their sessions end with their tokens; a job that ignores its own is left behind, and the drain ends its session.
        var cleanup = _engine.Services.Settings.CleanupTimeout;
        await _queue.WhenIdleAsync(cleanup < Grace ? cleanup : Grace, _engine.Time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private BackgroundJob Reserve(
        DbSession? origin, string operation, Func<DbSession, IServiceProvider, CancellationToken, Task> job, int retries)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(retries);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(retries, DbSessionOptions.MaxRetries);
        var engine = (DbEngine?)origin?.Services.Engine ?? BackgroundJob.EngineOf(_engine.Name) ?? _engine;
        _queue.Reserve();
        return new BackgroundJob(engine, origin?.Key, operation, retries, job);
    }

    private async Task<bool> RunAsync(BackgroundJob job, CancellationToken end)
    {
        try
        {
            await job.RunAsync(
                _engine.Name,
                _services,
                error => HostingLog.JobScopeFailed(_logger, _engine.Name, job.Operation, job.TraceId, error),
                end).ConfigureAwait(false);
            return true;
        }
        catch (Exception error)
        {
            HostingLog.JobFailed(_logger, _engine.Name, job.Operation, job.TraceId, error);
            return false;
        }
    }

    private void LogTooLate(BackgroundJob job) => HostingLog.JobTooLate(_logger, _engine.Name, job.Operation, job.TraceId);
}
