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

/// <summary>The current session of a connection on its lane's thread: its transaction and statements.</summary>
/// <remarks>Methods are called on the lane's thread only, properties also by the session while nothing runs there.</remarks>
internal sealed class LaneSession(SqliteLane lane, SqliteFile file)
{
    private bool _queryOnly;
    private bool _begins;
    private long? _inserted;
    private IReadOnlyList<DbCommand> _queued = [];
    private int _nextQueued;

    public StatementCache Statements { get; } = new(lane.Connection);

    /// <summary>Gets the readers whose statements are not reset yet.</summary>
    public HashSet<LaneReader> OpenReaders { get; } = [];

    public TransactionSettings Settings { get; private set; }

    /// <summary>Gets whether the transaction will begin with its first statement.</summary>
    public bool IsDue { get; private set; }

    /// <summary>Gets whether there are queued commands, which run before the session's next operation.</summary>
    public bool HasQueued => _nextQueued < _queued.Count;

    /// <summary>Gets the queued command that failed, or null.</summary>
    public DbCommand? FailedQueued { get; private set; }

    public bool HasBegun { get; private set; }

    public bool IsWriter { get; set; }

    public bool HasWritten { get; private set; }

    /// <summary>Gets or sets whether the session left state on the connection.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Gets or sets whether it left state that OnBegin does not set in each transaction.</summary>
    public bool HasState { get; set; }

    /// <summary>Gets whether the last statement was single and outside a transaction, so it can be run again if the file was
    /// locked.</summary>
    public bool RanAlone { get; private set; }

    /// <summary>Gets or sets whether an error left the connection in an unknown state.</summary>
    public bool IsDoubtful { get; set; }

    /// <summary>Gets whether SQLite itself rejects writes.</summary>
    public bool QueriesOnly => _queryOnly;

    /// <summary>Gets whether the open file is the one at its path.</summary>
    public bool IsCurrent => file.IsMemory || !NativeSqlite.HasMoved(Handle);

    public long LastInsertId
    {
        get => _inserted ?? raw.sqlite3_last_insert_rowid(Handle);
        set => _inserted = value;   // set with the next statement, because the previous session may not have ended yet
    }

    private sqlite3 Handle => lane.Connection.Handle!;

    private bool IsInTransaction => raw.sqlite3_get_autocommit(Handle) == 0;

    /// <summary>Sets how the next transaction begins.</summary>
    public void SetNextTransaction(TransactionSettings settings)
    {
        (Settings, IsWriter, HasWritten, HasBegun) = (settings, settings.Writer, false, false);
        IsDue = !settings.Autocommit || settings.Statements is not null;
    }

    /// <summary>Sets the commands that run before its next operation.</summary>
    public void Queue(IReadOnlyList<DbCommand> commands) => (_queued, _nextQueued, FailedQueued) = (commands, 0, null);

    /// <summary>Records that it ends without having begun.</summary>
    public void SkipBegin() => IsDue = false;

    /// <summary>Begins if necessary, and runs the queued commands.</summary>
    public bool Begin()
    {
        BeginTransaction();
        while (HasQueued)
        {
            var command = _queued[_nextQueued++];
            try
            {
                ExecuteBegun((SqliteCommand)command, LaneSql.ExecuteNonQuery);
            }
            catch
            {
                Queue([]);
                FailedQueued = command;
                throw;
            }
        }

        return true;
    }

    public bool TakeWriteLock()
    {
        // Takes the write lock without writing, and needs no table. The driver would sleep and retry while the file is busy.
        Do("PRAGMA incremental_vacuum(1)");
        return true;
    }

    public bool Commit()
    {
        ReleaseReaders();
        if (IsWriter && !IsCurrent)
        {
            IsDoubtful = true;
            throw FileErrors.HasMoved(file);
        }

        Statements.Execute("COMMIT");
        Forget();
        return true;
    }

    /// <summary>Rolls back what is not committed.</summary>
    public bool End()
    {
        ReleaseReaders();
        if (lane.Connection.State != ConnectionState.Open)
        {
            return true;   // the driver's connection was closed, which rolled back
        }

        if (IsInTransaction)
        {
            Statements.Execute("ROLLBACK");
        }

        Forget();
        return true;
    }

    /// <summary>Ends it if the end is not awaited. If that fails, it is retried when the next transaction begins.</summary>
    public bool TryEnd()
    {
        try
        {
            return End();
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    public bool Do(string sql)
    {
        LaneSql.ThrowUnlessOk(Handle, LaneSql.Execute(Handle, sql));
        return true;
    }

    public LaneReader Read(SqliteCommand command, CommandBehavior behavior, LaneWork work)
    {
        Begin();
        var statement = Take(command);
        try
        {
            return new LaneReader(lane, this, statement, command, behavior, work);
        }
        catch
        {
            StatementCache.Return(statement);
            throw;
        }
    }

    public T Execute<T>(SqliteCommand command, Func<SqliteCommand, T> execute)
    {
        Begin();
        return ExecuteBegun(command, execute);
    }

    public bool Prepare(SqliteCommand command)
    {
        Begin();
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

    private void BeginTransaction()
    {
        if (_inserted is { } id)
        {
            NativeSqlite.SetLastInsertRowId(Handle, id);
            _inserted = null;
        }

        if (!IsDue)
        {
            return;
        }

        if (IsInTransaction || _queryOnly)
        {
            End();   // of the previous session, whose end was not awaited and failed
        }

        try
        {
            if (!Settings.Autocommit)
            {
                Statements.Execute(IsWriter ? "BEGIN IMMEDIATE" : "BEGIN");
                if (!IsWriter)
                {
                    // Takes the snapshot immediately, so that the session's reads do not depend on when the first one happens.
                    Statements.Execute("SELECT 1 FROM sqlite_schema LIMIT 1");
                }
            }

            ExecuteOnBegin();
        }
        catch when (IsInTransaction)
        {
            // Otherwise the connection would be closed with an open transaction, and an in-memory database would be lost.
            _ = LaneSql.Execute(Handle, "ROLLBACK");
            throw;
        }

        (IsDue, HasBegun) = (false, !Settings.Autocommit);
    }

    private void ExecuteOnBegin()
    {
        _begins = true;
        try
        {
            foreach (var statement in Settings.Statements ?? [])
            {
                using var command = new SqliteCommand(statement);
                ExecuteBegun(command, LaneSql.ExecuteNonQuery);
            }
        }
        catch (WriterNeededException)
        {
            throw new NotSupportedException(
                "A statement of OnBegin writes, but the session does not begin as a writer. Open it with Access = ReadWrite " +
                "and Mode = Transaction.");
        }
        finally
        {
            _begins = false;
        }
    }

    private T ExecuteBegun<T>(SqliteCommand command, Func<SqliteCommand, T> execute)
    {
        var statement = Take(command);
        var changes = raw.sqlite3_total_changes(Handle);
        try
        {
            return execute(statement.Command);
        }
        finally
        {
            HasWritten |= raw.sqlite3_total_changes(Handle) != changes;
            StatementCache.Return(statement);
        }
    }

    private LaneStatement Take(SqliteCommand command)
    {
        var statement = Statements.Take(command.CommandText);
        try
        {
            if (!IsWriter && !statement.Traits.ReadsOnly)
            {
                RefuseWrite();
            }
        }
        catch
        {
            StatementCache.Return(statement);
            throw;
        }

        IsDirty |= statement.Traits.Dirties;
        HasState |= statement.Traits.Dirties && !_begins;
        RanAlone = Settings.Autocommit && statement.Traits.IsSingle;
        statement.BorrowParameters(command, mayWait: Settings.Autocommit && !RanAlone);
        return statement;
    }

    /// <summary>Makes a reader become the writer first. A read-only session gets SQLite's own error.</summary>
    private void RefuseWrite()
    {
        if (!Settings.ReadOnly)
        {
            throw new WriterNeededException();
        }

        // Not for every read-only session, because SQLite recompiles all statements when this changes.
        _queryOnly = true;
        Do("PRAGMA query_only=ON");
    }

    /// <summary>Ends open readers: an open statement would keep its old snapshot for the next session.</summary>
    private void ReleaseReaders()
    {
        foreach (var reader in (LaneReader[])[.. OpenReaders])
        {
            reader.Release();
        }
    }

    private void Forget()
    {
        NativeSqlite.SetLastInsertRowId(Handle, 0);
        if (_queryOnly)
        {
            Do("PRAGMA query_only=OFF");
            _queryOnly = false;
        }

        HasBegun = false;
    }
}
