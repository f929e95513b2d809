using Microsoft.Data.Sqlite;
using Millpond.Sqlite.Configuration;
using Millpond.Sqlite.Connections;
using Millpond.Sqlite.Statements;
using SQLitePCL;
using DriverConnection = Microsoft.Data.Sqlite.SqliteConnection;

namespace Millpond.Sqlite.Lanes;

/// <summary>
/// One connection with a thread of its own: whatever may block in SQLite runs there, one piece of work after the other (G30).
/// </summary>
/// <remarks>
/// <para>Work may be added from any thread. An interruption (G31) hits the work it is meant for and no other: which work runs
/// changes under the same lock that an interruption holds. SQLite forgets an interruption that comes while no statement runs,
/// and the work may be between two statements just then; so it is repeated until the work has ended.</para>
/// <para>Where a statement outlives its work, as a reader's does between two steps, a late interruption stays in SQLite and
/// ends the next step; <see cref="Interrupted"/> knows then whose it was.</para>
/// </remarks>
internal sealed class SqliteLane
{
    private static readonly TimeSpan RepeatInterval = TimeSpan.FromMilliseconds(5);

    private readonly LaneQueue _queue = new();
    private readonly Lock _switch = new();
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LaneWork? _running;
    private readonly LaneTimer _timer;
    private LaneWork? _lastInterrupted;
    private volatile bool _inTransaction;
    private int _statements;

    public SqliteLane(string name, string connectionString, TimeProvider time)
    {
        _time = time;
        _timer = new LaneTimer(time, Expire);
        Connection = new DriverConnection(connectionString);
        // Unsafe: it belongs to nobody's request, so no request's context flows into it (G10).
        new Thread(Run) { IsBackground = true, Name = name }.UnsafeStart();
    }

    /// <summary>Gets the database, for what is told of errors.</summary>
    public required SqliteFile File { get; init; }

    /// <summary>Gets the driver's connection. Only this lane's work may call it.</summary>
    public DriverConnection Connection { get; }

    /// <summary>Gets the source of time.</summary>
    public TimeProvider Time => _time;

    /// <summary>Gets or sets whether a transaction was open after the last work.</summary>
    public bool InTransaction { get => _inTransaction; set => _inTransaction = value; }

    /// <summary>Gets whether no statement runs or waits to run: what there may be is short.</summary>
    public bool IsQuiet => Volatile.Read(ref _statements) == 0;

    /// <summary>Gets a task that ends with the thread.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Has work done.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled before it began, or interrupted it.</exception>
    public Task<TResult> RunAsync<TState, TResult>(LaneWork<TState, TResult> work)
    {
        if (work.Token.IsCancellationRequested)
        {
            return Task.FromCanceled<TResult>(work.Token);
        }

        work.Link(this);
        if (!TryPost(work))
        {
            throw new ObjectDisposedException(nameof(SqliteLane), "The connection is closed.");
        }

        return work.Task;
    }

    /// <summary>Has a step of work done that nobody waits for as such.</summary>
    /// <returns>False: the connection is closed.</returns>
    public bool TryPost(LaneWork work)
    {
        Interlocked.Add(ref _statements, work.Interruptible ? 1 : 0);
        return _queue.TryAdd(work);
    }

    /// <summary>Has work done that nothing interrupts.</summary>
    public Task<TResult> RunAsync<TState, TResult>(Func<TState, LaneWork, TResult> body, TState state) =>
        RunAsync(new LaneWork<TState, TResult>(body, state));

    /// <summary>Interrupts the work on a command, whether it runs or has yet to begin.</summary>
    public void Interrupt(object target)
    {
        if (_queue.Find(target) is { } work)
        {
            Interrupt(work);
        }
    }

    /// <summary>Makes the error for work whose statement was interrupted. On the lane's thread.</summary>
    public Exception Interrupted(LaneWork work, SqliteException error)
    {
        var cause = work.IsCancelled || work.IsOverdue ? work : _lastInterrupted ?? work;
        return cause is { IsCancelled: false, IsOverdue: true }
            ? LaneSql.TooLong(cause.StatementLimit)
            : new OperationCanceledException("The command was interrupted.", error, cause.Token);
    }

    /// <summary>Says more of an error. On the lane's thread.</summary>
    public SqliteException Explain(SqliteException error) => FileFault.Explain(error, File, Connection.Handle);

    /// <summary>Does what is left to do, then closes the connection and ends the thread.</summary>
    public Task CloseAsync(Action beforeClose)
    {
        var last = new LaneWork<(SqliteLane Lane, Action Before), bool>(
            static (state, _) =>
            {
                try
                {
                    state.Before();
                }
                finally
                {
                    state.Lane.Connection.Dispose();
                }

                return true;
            },
            (this, beforeClose)) { IsLast = true };
        return TryPost(last) ? last.Task : Ended;
    }

    /// <summary>Interrupts work, whether it runs or has yet to begin.</summary>
    public void Interrupt(LaneWork work)
    {
        lock (_switch)
        {
            work.Cancel();
            if (!InterruptIfRunning(work))
            {
                return;   // not begun: the thread will see it; or ended
            }
        }

        _ = RepeatAsync(work);
    }

    /// <summary>Called by the timer, perhaps too late: then something else runs.</summary>
    private void Expire(LaneWork work)
    {
        lock (_switch)
        {
            if (!ReferenceEquals(_running, work) || !_timer.IsUp(work))
            {
                return;
            }

            work.Expire();
            if (!InterruptIfRunning(work))
            {
                return;
            }
        }

        _ = RepeatAsync(work);
    }

    private bool InterruptIfRunning(LaneWork work)
    {
        if (!ReferenceEquals(_running, work) || !work.Interruptible)
        {
            return false;
        }

        raw.sqlite3_interrupt(Connection.Handle);
        return true;
    }

    private async Task RepeatAsync(LaneWork work)
    {
        while (true)
        {
            await Task.Delay(RepeatInterval, _time).ConfigureAwait(false);
            lock (_switch)
            {
                if (!InterruptIfRunning(work))
                {
                    return;
                }
            }
        }
    }

    private void Run()
    {
        LaneWork work;
        do
        {
            work = _queue.Take();
            if (TryBegin(work))
            {
                work.Execute(this);
                End(work);
            }
            else
            {
                work.Fail(new OperationCanceledException(work.Token));
            }

            Interlocked.Add(ref _statements, work.Interruptible ? -1 : 0);
            work.Finish();
        }
        while (!work.IsLast);

        _timer.Stop();
        _ended.SetResult();
    }

    private bool TryBegin(LaneWork work)
    {
        lock (_switch)
        {
            if (work.IsCancelled && !work.MustRun)
            {
                return false;
            }

            _running = work;
            _timer.Begin(work);
            return true;
        }
    }

    private void End(LaneWork work)
    {
        lock (_switch)
        {
            _running = null;
            _timer.End(work);
        }

        if (work.IsCancelled || work.IsOverdue)
        {
            _lastInterrupted = work;
        }

        // Asked after all work, whatever came of it: SQLite ends transactions by itself after some errors (S05).
        _inTransaction = Connection.Handle is { IsInvalid: false, IsClosed: false } handle &&
            raw.sqlite3_get_autocommit(handle) == 0;
    }
}
