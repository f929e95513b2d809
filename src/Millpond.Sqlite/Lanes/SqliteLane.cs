using Microsoft.Data.Sqlite;
using Millpond.Sqlite.Configuration;
using Millpond.Sqlite.Connections;
using SQLitePCL;
using DriverConnection = Microsoft.Data.Sqlite.SqliteConnection;

namespace Millpond.Sqlite.Lanes;

/// <summary>
/// One connection with a thread of its own: whatever may block in SQLite runs there, one piece of work after the other (G30).
/// </summary>
/// <remarks>Work may be added from any thread. While a statement runs, SQLite asks every so often whether to go on: so an
/// interruption (G31) is never lost, and hits the work it is meant for and no other.</remarks>
internal sealed class SqliteLane
{
    // SQLite does as many steps in some 20 µs, beside which the question costs nothing.
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
        // Unsafe: it belongs to nobody's request, so no request's context flows into it (G10).
        new Thread(Run) { IsBackground = true, Name = name }.UnsafeStart();
    }

    /// <summary>Gets or sets what is called on each lane's thread before each piece of work.</summary>
    public static Action<SqliteLane, LaneWork>? Watcher { get; set; }

    /// <summary>Gets the database, for what is told of errors.</summary>
    public required SqliteFile File { get; init; }

    /// <summary>Gets the driver's connection. Only this lane's work may call it.</summary>
    public DriverConnection Connection { get; }

    public TimeProvider Time { get; }

    /// <summary>Gets whether a transaction was open after the last work, and no end of it waits to be done.</summary>
    public bool InTransaction => _inTransaction && Volatile.Read(ref _ends) == 0;

    /// <summary>Gets whether no statement runs or waits to run: what there may be is short.</summary>
    public bool IsQuiet => Volatile.Read(ref _statements) == 0;

    /// <summary>Gets a task that ends with the thread.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Opens the connection. On the lane's thread.</summary>
    public bool Open()
    {
        Connection.Open();
        raw.sqlite3_progress_handler(
            Connection.Handle, StepsBetweenQuestions, static lane => ((SqliteLane)lane).MustStop() ? 1 : 0, this);
        return true;
    }

    /// <summary>Has work done.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled before it began, or interrupted it.</exception>
    public Task<TResult> RunAsync<TState, TResult>(LaneWork<TState, TResult> work) =>
        work.Token.IsCancellationRequested ? Task.FromCanceled<TResult>(work.Token)
        : TryPost(work) ? work.Task
        : throw new ObjectDisposedException(nameof(SqliteLane), "The connection is closed.");

    /// <summary>Has work done that nothing interrupts.</summary>
    public Task<TResult> RunAsync<TState, TResult>(Func<TState, LaneWork, TResult> body, TState state) =>
        RunAsync(new LaneWork<TState, TResult>(body, state));

    /// <summary>Has work done that nobody waits for as such.</summary>
    /// <returns>False: the connection is closed.</returns>
    public bool TryPost(LaneWork work)
    {
        Interlocked.Add(ref _statements, work.Interruptible ? 1 : 0);
        Interlocked.Add(ref _ends, work.IsEnd ? 1 : 0);
        return _queue.TryAdd(work);
    }

    /// <summary>Interrupts the work on a command, whether it runs or has yet to begin.</summary>
    public void Interrupt(object target) => _queue.Find(target)?.Cancel();

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

                // Asked after all work, whatever came of it: SQLite ends transactions by itself after some errors (S05).
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
