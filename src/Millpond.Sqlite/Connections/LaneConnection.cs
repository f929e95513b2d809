using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Millpond.Providers;
using Millpond.Sqlite.Configuration;
using Millpond.Sqlite.Lanes;
using Millpond.Sqlite.Rows;
using Millpond.Sqlite.Statements;
using SQLitePCL;

namespace Millpond.Sqlite.Connections;

/// <summary>A connection in its lane, as sessions use it.</summary>
internal sealed partial class LaneConnection : ProviderConnection
{
    private readonly SqliteFile _file;
    private readonly TimeProvider _time;
    private readonly TimeSpan? _defaultLimit;
    private TimeSpan? _statementLimit;
    private TimeSpan _busyLimit;
    private bool _began;
    private bool _isAutocommit;
    private volatile bool _ranAlone;
    private bool _isWriter;
    private bool _refusesWrites;
    private bool _queryOnly;
    private bool _isGone;
    private string? _remembered;
    private volatile bool _isDirty;
    private volatile bool _hasState;   // what made it so is not what OnBegin does in each transaction
    private volatile bool _begins;
    private volatile bool _hasWritten;
    private volatile bool _isDoubtful;

    public LaneConnection(SqliteLane lane, SqliteFile file, TimeProvider time, TimeSpan? statementLimit)
    {
        _defaultLimit = statementLimit;
        Lane = lane;
        _file = file;
        _time = time;
        Statements = new StatementCache(lane.Connection);
    }

    public SqliteLane Lane { get; }

    /// <summary>Gets the prepared statements. On the lane's thread only.</summary>
    public StatementCache Statements { get; }

    /// <summary>Gets the readers whose statements are not reset yet. On the lane's thread only.</summary>
    public HashSet<LaneReader> OpenReaders { get; } = [];

    public override DbConnection Connection => Lane.Connection;

    public override bool HasWritten => _hasWritten;

    /// <summary>Gets whether another session may have it as it is.</summary>
    public bool IsClean => !_isDirty && !IsDoubtful;

    /// <summary>Gets whether an error left it in a state that nobody can be sure of.</summary>
    public bool IsDoubtful => _isDoubtful || Lane.InTransaction || Lane.Ended.IsCompleted;

    /// <summary>Gets whether the file it has open is the one at its path. While nothing runs on it.</summary>
    public bool IsCurrent => _file.IsMemory || !NativeSqlite.HasMoved(Handle);

    /// <summary>Gets how many of the source's additions it has.</summary>
    public int Functions { get; private set; }

    private sqlite3 Handle => Lane.Connection.Handle!;

    public override async ValueTask BeginAsync(TransactionSettings settings, CancellationToken cancellationToken)
    {
        _hasWritten = false;
        _isWriter = settings.Writer;
        _refusesWrites = settings.ReadOnly;
        _statementLimit = settings.StatementTimeout ?? _defaultLimit;
        _busyLimit = settings.BusyLimit;
        _isAutocommit = settings.Autocommit;
        if (_isAutocommit)
        {
            await ExecuteAsync(settings.Statements, cancellationToken).ConfigureAwait(false);
            _isWriter = settings.Writer;   // the permit is for the statement to come
            return;
        }

        await BusyWait.RunAsync(
            static (self, token) => self.RunAsync(static (self, _) => self.Begin(), token),
            this,
            _file.Name,
            settings.BusyLimit,
            _time,
            cancellationToken).ConfigureAwait(false);
        _began = true;
        try
        {
            await ExecuteAsync(settings.Statements, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // The connection would be closed with its transaction open, and a database in memory with it.
            await RollbackAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    public override async ValueTask<bool> CommitAsync(bool verify, CancellationToken cancellationToken)
    {
        if (!Lane.InTransaction)
        {
            return false;   // SQLite has rolled it back by itself; COMMIT would say that there is none
        }

        var began = _time.GetTimestamp();
        try
        {
            await BusyWait.RunAsync(
                // Not the caller's token: a COMMIT that began is not disturbed. The waits between two tries are.
                static (self, _) => self.Lane.RunAsync(static (self, _) => self.Commit(), self),
                this,
                _file.Name,
                TimeSpan.MaxValue,
                _time,
                cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // No unknown outcome: SQLite has answered every try, by no.
            throw FileFault.CommitBlocked(_file, _time.GetElapsedTime(began));
        }

        _began = false;
        return true;
    }

    public override async ValueTask RollbackAsync(CancellationToken cancellationToken)
    {
        await Lane.RunAsync(static (self, _) => self.Rollback(), this).ConfigureAwait(false);
        (_began, _isGone) = (false, false);
    }

    public override ValueTask SaveAsync(string savepoint, CancellationToken cancellationToken) =>
        ExecuteAsync($"SAVEPOINT {LaneSql.Quote(savepoint)}", cancellationToken);

    public override ValueTask RollbackToAsync(string savepoint, CancellationToken cancellationToken) =>
        ExecuteAsync($"ROLLBACK TO SAVEPOINT {LaneSql.Quote(savepoint)}", cancellationToken);

    public override ValueTask ReleaseAsync(string savepoint, CancellationToken cancellationToken) =>
        ExecuteAsync($"RELEASE SAVEPOINT {LaneSql.Quote(savepoint)}", cancellationToken);

    public override FailureKind Examine(Exception failure)
    {
        if (failure is SqliteException { SqliteErrorCode: var code } && ResultCode.LeavesDoubt(code))
        {
            _isDoubtful = true;
        }

        return Lane.Ended.IsCompleted ? FailureKind.ConnectionLost
            : _isGone || (_began && !Lane.InTransaction) ? FailureKind.Gone
            : FailureKind.Statement;
    }

    public override Task<DbDataReader> ExecuteReaderAsync(
        DbCommand command, CommandBehavior behavior, CancellationToken cancellationToken) =>
        RunAsync(command, behavior, static (at, work) => at.Self.Read(at.Command, at.Behavior, work), cancellationToken);

    public override Task<int> ExecuteNonQueryAsync(DbCommand command, CancellationToken cancellationToken) =>
        RunAsync(
            command,
            CommandBehavior.Default,
            static (at, _) => at.Self.Execute(at.Command, LaneSql.ExecuteNonQuery),
            cancellationToken);

    public override Task<object?> ExecuteScalarAsync(DbCommand command, CancellationToken cancellationToken) =>
        RunAsync(
            command,
            CommandBehavior.Default,
            static (at, _) => at.Self.Execute(at.Command, LaneSql.ExecuteScalar),
            cancellationToken);

    public override Task PrepareAsync(DbCommand command, CancellationToken cancellationToken) =>
        RunAsync(command, CommandBehavior.Default, static (at, _) => at.Self.Prepare(at.Command), cancellationToken);

    public override Task<DataTable> GetSchemaAsync(
        string? collection, string?[]? restrictions, CancellationToken cancellationToken) =>
        RunAsync(
            (self, _) => collection is null ? self.Lane.Connection.GetSchema()
                : restrictions is null ? self.Lane.Connection.GetSchema(collection)
                : self.Lane.Connection.GetSchema(collection, restrictions),
            cancellationToken);

    public override Task CancelAsync(object running)
    {
        Lane.Interrupt(running);
        return Task.CompletedTask;
    }

    public override bool NeedsWriter(Exception failure) => failure is WriterNeededException;

    public override async ValueTask BecomeWriterAsync(CancellationToken cancellationToken)
    {
        if (!_isAutocommit)   // else there is no snapshot that could be stale
        {
            await RunAsync(static (self, _) => self.TakeWriteLock(), cancellationToken).ConfigureAwait(false);
        }

        _isWriter = true;
    }

    public override string? State => _hasState ? "a PRAGMA, ATTACH or temporary table" : null;

    public override void MarkDirty() => _isDirty = _hasState = true;

    public override bool NeedsReset => _isDirty;

    public override long LastInsertId
    {
        get => raw.sqlite3_last_insert_rowid(Handle);
        set => NativeSqlite.SetLastInsertRowId(Handle, value);
    }

    /// <summary>Has the work begin, and go on after whatever it awaits, on the lane's thread.</summary>
    public override async Task<TResult> UseAsync<TResult>(
        Func<DbConnection, CancellationToken, Task<TResult>> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        _isDirty = _hasState = true;
        var use = new LaneUse<TResult>(Lane, work, _isWriter, _queryOnly, cancellationToken);
        try
        {
            return await use.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            _isGone |= use.IsBroken;
            _isDoubtful |= use.IsClosed;
        }
    }

    /// <summary>Makes it as new, where it cannot be closed because its data would be gone.</summary>
    public async Task CleanAsync()
    {
        await Lane.RunAsync(
            static (self, _) => LaneCleaning.Clean(self.Handle, self._file.Settings, self._remembered!), this)
            .ConfigureAwait(false);
        _isDirty = _hasState = false;
    }

    /// <summary>Notes how it is set while it is new, for <see cref="CleanAsync"/>.</summary>
    public async Task RememberAsync() =>
        _remembered = await Lane.RunAsync(static (self, _) => LaneCleaning.Remember(self.Handle), this).ConfigureAwait(false);

    /// <summary>Has functions added that it has not got yet.</summary>
    public async Task AddFunctionsAsync(IReadOnlyList<Action<DbConnection>> all)
    {
        for (; Functions < all.Count; Functions++)
        {
            await Lane.RunAsync(
                static (at, _) =>
                {
                    at.Add(at.Connection);
                    return true;
                },
                (Lane.Connection, Add: all[Functions])).ConfigureAwait(false);
        }
    }

    public Task CloseAsync() => Lane.CloseAsync(Statements.Clear);

    private Task<T> RunAsync<T>(Func<LaneConnection, LaneWork, T> body, CancellationToken cancellationToken) =>
        Lane.RunAsync(new LaneWork<LaneConnection, T>(body, this) { Token = cancellationToken });

    private Task<T> RunAsync<T>(
        DbCommand command,
        CommandBehavior behavior,
        Func<(LaneConnection Self, SqliteCommand Command, CommandBehavior Behavior), LaneWork, T> body,
        CancellationToken cancellationToken) =>
        _isAutocommit ? RunAloneAsync(command, behavior, body, cancellationToken)
        : Lane.RunAsync(Work(command, behavior, body, cancellationToken));

    private LaneWork<(LaneConnection, SqliteCommand, CommandBehavior), T> Work<T>(
        DbCommand command,
        CommandBehavior behavior,
        Func<(LaneConnection Self, SqliteCommand Command, CommandBehavior Behavior), LaneWork, T> body,
        CancellationToken cancellationToken) =>
        new(body, (this, (SqliteCommand)command, behavior))
        {
            Target = command,
            Interruptible = true,
            Token = cancellationToken,
            Limit = _statementLimit,
            StatementLimit = _statementLimit ?? TimeSpan.Zero,
        };

    private async ValueTask ExecuteAsync(string sql, CancellationToken cancellationToken) =>
        await Lane.RunAsync(
            new LaneWork<(LaneConnection Self, string Sql), bool>(
                static (at, _) =>
                {
                    LaneSql.ThrowUnlessOk(at.Self.Handle, LaneSql.Execute(at.Self.Handle, at.Sql));
                    return true;
                },
                (this, sql))
            {
                Token = cancellationToken,
            }).ConfigureAwait(false);

    private DbDataReader Read(SqliteCommand command, CommandBehavior behavior, LaneWork work)
    {
        var statement = Take(command);
        try
        {
            return new LaneReader(this, statement, command, behavior, work);
        }
        catch
        {
            StatementCache.Return(statement);
            throw;
        }
    }

    private T Execute<T>(SqliteCommand command, Func<SqliteCommand, T> execute)
    {
        var statement = Take(command);
        var changes = raw.sqlite3_total_changes(Handle);
        try
        {
            return execute(statement.Command);
        }
        finally
        {
            _hasWritten |= raw.sqlite3_total_changes(Handle) != changes;
            StatementCache.Return(statement);
        }
    }

    private bool Prepare(SqliteCommand command)
    {
        var statement = Statements.Take(command.CommandText);
        try
        {
            statement.Command.Prepare();
        }
        finally
        {
            StatementCache.Return(statement);
        }

        return true;
    }

    private LaneStatement Take(SqliteCommand command)
    {
        var statement = Statements.Take(command.CommandText);
        try
        {
            if (!_isWriter && !statement.Traits.ReadsOnly)
            {
                RefuseWrite();
            }
        }
        catch
        {
            StatementCache.Return(statement);
            throw;
        }

        _isDirty |= statement.Traits.Dirties;
        _hasState |= statement.Traits.Dirties && !_begins;
        _ranAlone = _isAutocommit && statement.Traits.IsSingle;
        statement.Borrow(command, mayWait: _isAutocommit && !_ranAlone);
        return statement;
    }

    /// <summary>Has a reader become the writer first; a session that must not write gets SQLite's own refusal.</summary>
    private void RefuseWrite()
    {
        if (!_refusesWrites)
        {
            throw new WriterNeededException();
        }

        // Not for every read-only session: SQLite compiles all statements anew when this changes.
        _queryOnly = true;
        LaneSql.ThrowUnlessOk(Handle, LaneSql.Execute(Handle, "PRAGMA query_only=ON"));
    }
}
