using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Millpond.Providers;
using Millpond.Sqlite.Configuration;
using Millpond.Sqlite.Lanes;
using Millpond.Sqlite.Statements;

namespace Millpond.Sqlite.Connections;

/// <summary>A connection in its lane, as sessions use it.</summary>
/// <remarks>Each wait of a session is a hop to the lane's thread, so there are few: a transaction begins with its first
/// statement, whose first rows return immediately, and the end of a reader is not awaited. The connection and its permit are
/// free from then on, because the lane runs one work item after another.</remarks>
internal sealed class LaneConnection(SqliteLane lane, SqliteFile file, TimeProvider time, TimeSpan? statementLimit)
    : ProviderConnection
{
    private readonly LaneSession _session = new(lane, file);
    private bool _beginsAtOnce;
    private bool _isGone;
    private string? _remembered;

    public override DbConnection Connection => lane.Connection;

    public override bool HasWritten => _session.HasWritten;

    /// <summary>Gets whether another session can use it unchanged.</summary>
    public bool IsClean => !_session.IsDirty && !IsDoubtful;

    /// <summary>Gets whether an error left it in an unknown state.</summary>
    public bool IsDoubtful => _session.IsDoubtful || lane.InTransaction || lane.Ended.IsCompleted;

    /// <summary>Gets whether the open file is the one at its path.</summary>
    public bool IsCurrent => _session.IsCurrent;

    /// <summary>Gets how many of the source's functions it has.</summary>
    public int Functions { get; private set; }

    public override string? State => _session.HasState ? "a PRAGMA, ATTACH or temporary table" : null;

    public override bool NeedsReset => _session.IsDirty;

    public override long LastInsertId
    {
        get => _session.LastInsertId;
        set => _session.LastInsertId = value;
    }

    public override ValueTask BeginAsync(TransactionSettings settings, CancellationToken cancellationToken)
    {
        _session.SetNextTransaction(settings);
        var isAlone = settings.Autocommit || _beginsAtOnce;
        _beginsAtOnce = false;
        return isAlone ? SettleAsync(cancellationToken) : ValueTask.CompletedTask;
    }

    public override ValueTask SettleAsync(CancellationToken cancellationToken) => !_session.IsDue && !_session.HasQueued
        ? ValueTask.CompletedTask
        : new(BusyWait.RunAsync(
            static (self, token) => self.RunQueuedAsync(static (session, _) => session.Begin(), token),
            this,
            file.Name,
            _session.Settings.BusyTimeout,
            time,
            cancellationToken,
            MayRepeatQueue));

    public override void Queue(IReadOnlyList<DbCommand> commands) => _session.Queue(commands);

    public override DbCommand? FindQueued(Exception failure) => _session.FailedQueued;

    /// <summary>Begins a transaction separately if it could not begin with its first statement, because another process has
    /// locked the file. Beginning waits for that lock; a statement does not.</summary>
    /// <remarks>Not after <c>Cancel</c> of the command, which must not run then.</remarks>
    public override bool CanRestartTransaction(Exception failure, object? command) => _beginsAtOnce = _session.IsDue &&
        failure is not OperationCanceledException { CancellationToken.IsCancellationRequested: false };

    public override ValueTask<bool> CommitAsync(bool verify, CancellationToken cancellationToken)
    {
        if (_session is { IsDue: true, HasQueued: false })
        {
            _session.SkipBegin();
            return new(true);
        }

        return !_session.IsDue && !lane.InTransaction ? new(false)   // SQLite has rolled it back; COMMIT would find none
            : !_session.HasQueued && TryPostEnd() ? new(true)
            : new(CommitAndWaitAsync(cancellationToken));
    }

    public override ValueTask RollbackAsync(CancellationToken cancellationToken)
    {
        _isGone = false;
        _session.Queue([]);
        if (_session.IsDue && !lane.InTransaction)
        {
            _session.SkipBegin();
            return ValueTask.CompletedTask;
        }

        return TryPostEnd() ? ValueTask.CompletedTask
            : new(lane.RunAsync(static (session, _) => session.End(), _session));
    }

    public override ValueTask SaveAsync(string savepoint, CancellationToken cancellationToken) =>
        DoAsync($"SAVEPOINT {LaneSql.Quote(savepoint)}", cancellationToken);

    public override ValueTask RollbackToAsync(string savepoint, CancellationToken cancellationToken)
    {
        _session.Queue([]);   // undoes a failure among the queued commands
        return DoAsync($"ROLLBACK TO SAVEPOINT {LaneSql.Quote(savepoint)}", cancellationToken);
    }

    public override ValueTask ReleaseAsync(string savepoint, CancellationToken cancellationToken) =>
        DoAsync($"RELEASE SAVEPOINT {LaneSql.Quote(savepoint)}", cancellationToken);

    public override FailureKind Examine(Exception failure)
    {
        _session.IsDoubtful |= failure is SqliteException { SqliteErrorCode: var code } && ResultCode.LeavesDoubt(code);
        return lane.Ended.IsCompleted ? FailureKind.ConnectionLost
            : _isGone || (_session.HasBegun && !lane.InTransaction) ? FailureKind.TransactionLost
            : FailureKind.Statement;
    }

    public override Task<DbDataReader> ExecuteReaderAsync(
        DbCommand command, CommandBehavior behavior, CancellationToken cancellationToken) =>
        RunAsync<DbDataReader>(
            command, behavior, static (at, work) => at.Session.Read(at.Command, at.Behavior, work), cancellationToken);

    public override Task<int> ExecuteNonQueryAsync(DbCommand command, CancellationToken cancellationToken) =>
        RunAsync(
            command, default, static (at, _) => at.Session.Execute(at.Command, LaneSql.ExecuteNonQuery), cancellationToken);

    public override Task<object?> ExecuteScalarAsync(DbCommand command, CancellationToken cancellationToken) =>
        RunAsync(
            command, default, static (at, _) => at.Session.Execute(at.Command, LaneSql.ExecuteScalar), cancellationToken);

    public override Task PrepareAsync(DbCommand command, CancellationToken cancellationToken) =>
        RunAsync(command, default, static (at, _) => at.Session.Prepare(at.Command), cancellationToken);

    public override async Task<DataTable> GetSchemaAsync(
        string? collection, string?[]? restrictions, CancellationToken cancellationToken)
    {
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        var work = new LaneWork<Microsoft.Data.Sqlite.SqliteConnection, DataTable>(
            (driver, _) => collection is null ? driver.GetSchema()
                : restrictions is null ? driver.GetSchema(collection)
                : driver.GetSchema(collection, restrictions),
            lane.Connection) { Token = cancellationToken };
        return await lane.RunAsync(work).ConfigureAwait(false);
    }

    public override Task CancelAsync(object running)
    {
        lane.Interrupt(running);
        return Task.CompletedTask;
    }

    public override bool NeedsWriter(Exception failure) => failure is WriterNeededException;

    public override async ValueTask BecomeWriterAsync(CancellationToken cancellationToken)
    {
        if (!_session.Settings.Autocommit)   // otherwise there is no snapshot that could be stale
        {
            await RunAsync(static (session, _) => session.TakeWriteLock(), cancellationToken).ConfigureAwait(false);
        }

        _session.IsWriter = true;
    }

    public override void MarkDirty() => _session.IsDirty = _session.HasState = true;

    /// <summary>Runs the work, and everything after its awaits, on the lane's thread.</summary>
    public override async Task<TResult> UseAsync<TResult>(
        Func<DbConnection, CancellationToken, Task<TResult>> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        MarkDirty();
        var use = new LaneUse<TResult>(lane, work, _session.IsWriter, _session.QueriesOnly, cancellationToken);
        try
        {
            return await use.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            _isGone |= use.IsBroken;
            _session.IsDoubtful |= use.IsClosed;
        }
    }

    /// <summary>Resets the connection if it cannot be closed because its data would be lost.</summary>
    public async Task CleanAsync()
    {
        await lane.RunAsync(
            static (at, _) => LaneCleaning.Clean(at.Driver.Handle!, at.Settings, at.Remembered!),
            (Driver: lane.Connection, file.Settings, Remembered: _remembered)).ConfigureAwait(false);
        _session.IsDirty = _session.HasState = false;
    }

    /// <summary>Records the settings of a new connection, for <see cref="CleanAsync"/>.</summary>
    public async Task RememberAsync() => _remembered = await lane.RunAsync(
        static (driver, _) => LaneCleaning.Remember(driver.Handle!), lane.Connection).ConfigureAwait(false);

    /// <summary>Adds the functions that the connection lacks.</summary>
    public async Task AddFunctionsAsync(IReadOnlyList<Action<DbConnection>> all)
    {
        for (; Functions < all.Count; Functions++)
        {
            await lane.RunAsync(
                static (at, _) =>
                {
                    at.Add(at.Connection);
                    return true;
                },
                (lane.Connection, Add: all[Functions])).ConfigureAwait(false);
        }
    }

    public Task CloseAsync() => lane.CloseAsync(_session.Statements.Clear);

    /// <summary>Posts the end of a transaction that wrote nothing, if the lane has nothing else to do.</summary>
    private bool TryPostEnd()
    {
        // The end of a writer is awaited, because the next writer would find its lock.
        if (_session.IsWriter || !lane.IsQuiet)
        {
            return false;
        }

        return lane.TryPost(new LaneWork<LaneSession, bool>(static (session, _) => session.TryEnd(), _session) { IsEnd = true });
    }

    private async Task<bool> CommitAndWaitAsync(CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        try
        {
            return await BusyWait.RunAsync(
                // Not with the caller's token: a COMMIT that began is not interrupted. The waits between attempts and the
                // queued commands before it are.
                static (self, token) => self._session.HasQueued
                    ? self.RunQueuedAsync(static (session, _) => session.Begin() && session.Commit(), token)
                    : self.RunAsync(static (session, _) => session.Begin() && session.Commit(), CancellationToken.None),
                this,
                file.Name,
                TimeSpan.MaxValue,
                time,
                cancellationToken,
                MayRepeatQueue).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The outcome is known: SQLite has rejected every attempt.
            throw FileErrors.CommitBlocked(file, time.GetElapsedTime(began));
        }
    }

    private async ValueTask DoAsync(string sql, CancellationToken cancellationToken)
    {
        var work = new LaneWork<(LaneSession Session, string Sql), bool>(
            static (at, _) => at.Session.Begin() && at.Session.Do(at.Sql), (_session, sql)) { Token = cancellationToken };
        await lane.RunAsync(work).ConfigureAwait(false);
    }

    private Task<T> RunAsync<T>(Func<LaneSession, LaneWork, T> body, CancellationToken cancellationToken) =>
        lane.RunAsync(new LaneWork<LaneSession, T>(body, _session) { Token = cancellationToken });

    /// <summary>Runs work that may execute queued commands, so it can be interrupted.</summary>
    private Task<bool> RunQueuedAsync(Func<LaneSession, LaneWork, bool> body, CancellationToken cancellationToken)
    {
        var limit = _session.HasQueued ? _session.Settings.StatementTimeout ?? statementLimit : null;
        return lane.RunAsync(new LaneWork<LaneSession, bool>(body, _session)
        {
            Interruptible = _session.HasQueued,
            Token = cancellationToken,
            Limit = limit,
            StatementLimit = limit ?? TimeSpan.Zero,
        });
    }

    private bool MayRepeatQueue() => _session.FailedQueued is null;

    private Task<T> RunAsync<T>(
        DbCommand command,
        CommandBehavior behavior,
        Func<(LaneSession Session, SqliteCommand Command, CommandBehavior Behavior), LaneWork, T> body,
        CancellationToken cancellationToken) => _session.Settings.Autocommit
        ? RunAloneAsync(command, behavior, body, cancellationToken)
        : RunOnceAsync(command, behavior, body, cancellationToken);

    private Task<T> RunOnceAsync<T>(
        DbCommand command,
        CommandBehavior behavior,
        Func<(LaneSession Session, SqliteCommand Command, CommandBehavior Behavior), LaneWork, T> body,
        CancellationToken cancellationToken)
    {
        var limit = _session.Settings.StatementTimeout ?? statementLimit;
        return lane.RunAsync(
            new LaneWork<(LaneSession, SqliteCommand, CommandBehavior), T>(body, (_session, (SqliteCommand)command, behavior))
            {
                Target = command,
                Interruptible = true,
                Token = cancellationToken,
                Limit = limit,
                StatementLimit = limit ?? TimeSpan.Zero,
            });
    }

    /// <summary>Executes a command outside any transaction, and retries while another process has locked the file.</summary>
    /// <remarks>Only a single statement is retried, because the first ones of several may be done. Several wait in the driver,
    /// on the lane's own thread.</remarks>
    private async Task<T> RunAloneAsync<T>(
        DbCommand command,
        CommandBehavior behavior,
        Func<(LaneSession Session, SqliteCommand Command, CommandBehavior Behavior), LaneWork, T> body,
        CancellationToken cancellationToken)
    {
        try
        {
            return await BusyWait.RunAsync(
                (self, token) => self.RunOnceAsync(command, behavior, body, token),
                this,
                file.Name,
                _session.Settings.BusyTimeout,
                time,
                cancellationToken,
                () => _session.RanAlone).ConfigureAwait(false);
        }
        finally
        {
            _session.IsWriter = false;   // the statement owns the write permit, even if it fails
        }
    }
}
