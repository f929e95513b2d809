using Microsoft.Data.Sqlite;
using Millpond.Sqlite.Configuration;
using Millpond.Sqlite.Connections;
using SQLitePCL;
using DriverConnection = Microsoft.Data.Sqlite.SqliteConnection;

namespace Millpond.Sqlite.Lanes;

/// <summary>A connection with its own thread, on which everything that may block in SQLite runs, one work item after another
/// (G30).</summary>
/// <remarks>Work may be added from any thread. While a statement runs, SQLite regularly asks whether to continue, so an
/// interruption (G31) is never lost and affects only its own work item.</remarks>
internal sealed class SqliteLane
{
    // SQLite runs that many steps in about 20 µs, so the callback costs nothing in comparison.
    private const int StepsBetweenQuestions = 1_000;

    private readonly LaneQueue _queue = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LaneWork? _running;
    private volatile bool _inTransaction;
    private int _statements;
    private int _ends;

    public SqliteLane(string name, string connectionString, TimeProvider time)
    {
        Time = time;
        Connection = new DriverConnection(connectionString);
        // Unsafe: the thread belongs to no request, so no request's context flows into it (G10).
        new Thread(Run) { IsBackground = true, Name = name }.UnsafeStart();
    }

    /// <summary>Gets or sets a callback on each lane's thread before each work item, for tests.</summary>
    public static Action<SqliteLane, LaneWork>? Watcher { get; set; }

    /// <summary>Gets the database, for error messages.</summary>
    public required SqliteFile File { get; init; }

    /// <summary>Gets the driver's connection. Only this lane's work may call it.</summary>
    public DriverConnection Connection { get; }

    public TimeProvider Time { get; }

    /// <summary>Gets whether a transaction was open after the last work item, and no end of it is queued.</summary>
    public bool InTransaction => _inTransaction && Volatile.Read(ref _ends) == 0;

    /// <summary>Gets whether no statement runs or waits. Other work is short.</summary>
    public bool IsQuiet => Volatile.Read(ref _statements) == 0;

    /// <summary>Gets a task that completes with the thread.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Opens the connection. On the lane's thread.</summary>
    public bool Open()
    {
        Connection.Open();
        raw.sqlite3_progress_handler(
            Connection.Handle, StepsBetweenQuestions, static lane => ((SqliteLane)lane).MustStop() ? 1 : 0, this);
        return true;
    }

    /// <summary>Runs a work item.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled before it began, or interrupted it.</exception>
    public Task<TResult> RunAsync<TState, TResult>(LaneWork<TState, TResult> work) =>
        work.Token.IsCancellationRequested ? Task.FromCanceled<TResult>(work.Token)
        : TryPost(work) ? work.Task
        : throw new ObjectDisposedException(nameof(SqliteLane), "The connection is closed.");

    /// <summary>Runs a work item that cannot be interrupted.</summary>
    public Task<TResult> RunAsync<TState, TResult>(Func<TState, LaneWork, TResult> body, TState state) =>
        RunAsync(new LaneWork<TState, TResult>(body, state));

    /// <summary>Adds a work item that is not awaited.</summary>
    /// <returns>False if the connection is closed.</returns>
    public bool TryPost(LaneWork work)
    {
        Interlocked.Add(ref _statements, work.Interruptible ? 1 : 0);
        Interlocked.Add(ref _ends, work.IsEnd ? 1 : 0);
        return _queue.TryAdd(work);
    }

    /// <summary>Interrupts the work on a command, whether it runs or waits.</summary>
    public void Interrupt(object target) => _queue.Find(target)?.Cancel();

    /// <summary>Adds details to an error. On the lane's thread.</summary>
    public SqliteException Explain(SqliteException error) => FileErrors.Explain(error, File, Connection.Handle);

    /// <summary>Completes the remaining work, then closes the connection and ends the thread.</summary>
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

    private bool MustStop() => _running is { Interruptible: true } work && work.MustStop(Time);

    private void Run()
    {
        LaneWork work;
        do
        {
            work = _queue.Take();
            if (work.TryBegin(Time))
            {
                Watcher?.Invoke(this, work);
                _running = work;
                work.Execute(this);
                _running = null;
                work.End(Time);

                // Checked after all work, whatever its result: SQLite ends transactions on its own after some errors (S05).
                _inTransaction = Connection.Handle is { IsInvalid: false, IsClosed: false } handle &&
                    raw.sqlite3_get_autocommit(handle) == 0;
            }

            Interlocked.Add(ref _statements, work.Interruptible ? -1 : 0);
            Interlocked.Add(ref _ends, work.IsEnd ? -1 : 0);
            work.Signal();
        }
        while (!work.IsLast);

        _ended.SetResult();
    }
}
