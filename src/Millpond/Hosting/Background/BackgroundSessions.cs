using Microsoft.Extensions.Logging;
using Millpond.Hosting;
using Millpond.Hosting.Background;
using Millpond.Leasing;
using Millpond.Transactions.Hooks;

namespace Millpond;

/// <summary>A bounded queue of jobs that run after the response, each with its own session.</summary>
/// <remarks>
/// <para><c>AddMillpond</c> registers one per engine: inject it, with the engine's name as the key if there are several.</para>
/// <para>A job runs in its own service scope and flow, without the caller's execution context. Its session is injected into its
/// services under the key of the originating session: a job enqueued on a keyed session has its session under that key, and the
/// main engine's session without a key. It uses the engine's session defaults, except for <see
/// cref="DbSessionOptions.Retries"/>. Its work is committed when the job returns and rolled back when it throws. A failed job
/// is logged with its origin and does not affect others.</para>
/// <para>Inside a job, the engine of its session is used for its name instead of <see cref="EngineRouter"/>, so that another
/// scope, <c>IDbContextFactory</c> and <c>EnqueueNow</c> use the same database.</para>
/// <para>Jobs begin in the order of their commits, <see cref="EngineOptions.BackgroundWorkers"/> concurrently. When the host
/// stops, waiting jobs run as long as the host allows before the engine shuts down, including jobs that they enqueue. Jobs are
/// not durable: when the process is killed, those that have not run are lost. Thread-safe.</para>
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

    /// <summary>Enqueues a job that runs after a session has committed, and is dropped if it rolls back.</summary>
    /// <param name="origin">The session whose next commit the job waits for. The job uses the same database.</param>
    /// <param name="job">The job, with its session, which is committed when the job returns. The token is cancelled at the end
    /// of the host's shutdown timeout.</param>
    /// <param name="retries">How often the job is retried after a conflict, a deadlock or a lost connection: 0 to 100. Default
    /// 0, regardless of the engine's <see cref="DbSessionOptions.Retries"/>, because a job usually does what must not be done
    /// twice.</param>
    /// <remarks>A slot in the queue is reserved immediately, so a full queue fails here, while everything can still be rolled
    /// back. The job is dropped if the session's transaction is rolled back, also to an earlier savepoint, and if the outcome
    /// of its commit is unknown. In a session with <see cref="SessionMode.Autocommit"/>, outside a transaction, the preceding
    /// statements are already committed: the job is enqueued when the session ends, whatever its outcome.</remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="retries"/> is not 0 to 100.</exception>
    /// <exception cref="SessionRejectedException"><see cref="EngineOptions.BackgroundCapacity"/> jobs are waiting, or the host
    /// is stopping and this is not called inside one of its own jobs.</exception>
    /// <exception cref="SessionEndedException">The session has ended.</exception>
    public void Enqueue(DbSession origin, Func<DbSession, CancellationToken, Task> job, int retries = 0)
    {
        ArgumentNullException.ThrowIfNull(job);
        Enqueue(origin, (session, _, token) => job(session, token), retries);
    }

    /// <param name="origin">The session whose next commit the job waits for. The job uses the same database.</param>
    /// <param name="job">The job, with its session and the services of its own scope, into which the same session is injected
    /// under the same key. The token is cancelled at the end of the host's shutdown timeout.</param>
    /// <param name="retries">How often the job is retried after a conflict, a deadlock or a lost connection: 0 to 100. Default
    /// 0, regardless of the engine's <see cref="DbSessionOptions.Retries"/>, because a job usually does what must not be done
    /// twice.</param>
    /// <inheritdoc cref="Enqueue(DbSession, Func{DbSession, CancellationToken, Task}, int)" path="/summary|/remarks|/exception"/>
    public void Enqueue(DbSession origin, Func<DbSession, IServiceProvider, CancellationToken, Task> job, int retries = 0)
    {
        ArgumentNullException.ThrowIfNull(origin);
        ArgumentNullException.ThrowIfNull(job);
        origin.Unit.ThrowIfOver();   // before a slot is reserved
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

    /// <summary>Enqueues a job immediately, regardless of the outcome of the caller's session.</summary>
    /// <param name="job">The job, with its session, which is committed when the job returns. The token is cancelled at the end
    /// of the host's shutdown timeout.</param>
    /// <param name="retries">How often the job is retried after a conflict, a deadlock or a lost connection: 0 to 100. Default
    /// 0.</param>
    /// <param name="sameDatabaseAs">A session whose database the job uses, for example if an <see cref="EngineRouter"/>
    /// selected it. Null: inside a background job that job's database, otherwise this engine's.</param>
    /// <remarks>The calling work is not retried (<see cref="DbSessionOptions.Retries"/>), because the job would run
    /// twice.</remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="retries"/> is not 0 to 100.</exception>
    /// <exception cref="SessionRejectedException"><see cref="EngineOptions.BackgroundCapacity"/> jobs are waiting, or the host
    /// is stopping and this is not called inside one of its own jobs.</exception>
    public void EnqueueNow(
        Func<DbSession, CancellationToken, Task> job, int retries = 0, DbSession? sameDatabaseAs = null)
    {
        ArgumentNullException.ThrowIfNull(job);
        EnqueueNow((session, _, token) => job(session, token), retries, sameDatabaseAs);
    }

    /// <param name="job">The job, with its session and the services of its own scope, into which the same session is injected.
    /// The token is cancelled at the end of the host's shutdown timeout.</param>
    /// <param name="retries">How often the job is retried after a conflict, a deadlock or a lost connection: 0 to 100. Default
    /// 0.</param>
    /// <param name="sameDatabaseAs">A session whose database the job uses, for example if an <see cref="EngineRouter"/>
    /// selected it. Null: inside a background job that job's database, otherwise this engine's.</param>
    /// <inheritdoc cref="EnqueueNow(Func{DbSession, CancellationToken, Task}, int, DbSession)"
    /// path="/summary|/remarks|/exception"/>
    public void EnqueueNow(
        Func<DbSession, IServiceProvider, CancellationToken, Task> job, int retries = 0, DbSession? sameDatabaseAs = null)
    {
        ArgumentNullException.ThrowIfNull(job);
        _queue.Fill(Reserve(sameDatabaseAs, "background job", job, retries));
        SessionFlow.Current?.Note("it had enqueued a background job (EnqueueNow)");
    }

    /// <summary>Gets the current numbers.</summary>
    /// <returns>The current numbers.</returns>
    public BackgroundSnapshot GetSnapshot() => _queue.GetSnapshot();

    /// <summary>Counts the jobs that wait and those that run.</summary>
    internal (int Waiting, int Running) Count()
    {
        var now = GetSnapshot();
        return (now.Reserved + now.Queued, now.Running);
    }

    /// <summary>Rejects new jobs and runs the waiting ones until the token is cancelled. The remaining ones are cancelled and
    /// logged.</summary>
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

        // Cancelling a job's token ends its session. A job that ignores its token is abandoned, and the shutdown ends its
        // session.
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
