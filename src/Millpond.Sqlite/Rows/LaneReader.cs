using System.Collections;
using System.Collections.ObjectModel;
using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Millpond.Sqlite.Connections;
using Millpond.Sqlite.Lanes;
using Millpond.Sqlite.Statements;

namespace Millpond.Sqlite.Rows;

/// <summary>A reader whose statement is stepped only on the connection's own thread. Its rows are read on the caller's
/// thread.</summary>
internal sealed partial class LaneReader : DbDataReader
{
    private readonly SqliteLane _lane;
    private readonly LaneSession _session;
    private readonly LaneStatement _statement;
    private readonly SqliteCommand _command;
    private readonly CommandBehavior _behavior;
    private readonly SqliteDataReader _inner;
    private readonly RowBuffer _rows;
    private Type?[]? _types;
    private LaneWork _lastStep;
    private bool _released;
    private bool _closed;

    /// <summary>Executes the statement and reads its first rows. On the lane's thread.</summary>
    public LaneReader(
        SqliteLane lane,
        LaneSession session,
        LaneStatement statement,
        SqliteCommand command,
        CommandBehavior behavior,
        LaneWork work)
    {
        _lane = lane;
        _session = session;
        _rows = new RowBuffer(lane);
        _lastStep = work;
        _statement = statement;
        _command = command;
        _behavior = behavior;
        _inner = statement.Command.ExecuteReader(behavior & ~CommandBehavior.CloseConnection);
        session.OpenReaders.Add(this);
        try
        {
            BeginResult(work);
        }
        catch
        {
            session.OpenReaders.Remove(this);
            _inner.Dispose();
            throw;
        }
    }

    public override int Depth => 0;

    public override bool IsClosed => _closed;

    public override int RecordsAffected => _inner.RecordsAffected;

    public override bool HasRows => Open.HasRows;

    public override int FieldCount => Open.Columns.Count;

    private bool OnlyOneRow => (_behavior & CommandBehavior.SingleRow) != 0;

    private RowBuffer Open => _closed ? throw new InvalidOperationException("The reader is closed.") : _rows;

    public override Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<bool>(cancellationToken);
        }

        try
        {
            return Open.MoveNext() switch
            {
                true => Task.FromResult(true),
                false => Task.FromResult(false),
                null => RunAsync(static (self, work) => self.Refill(work), cancellationToken),
            };
        }
        catch (Exception error) when (!_closed)
        {
            return Task.FromException<bool>(error);
        }
    }

    public override Task<bool> NextResultAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<bool>(cancellationToken);
        }

        if (Open is { } rows && _statement.Traits.IsSingle)
        {
            rows.Begin(ColumnSet.None, isComplete: true);
            return Task.FromResult(false);
        }

        return RunAsync(static (self, work) => self.MoveToNextResult(work), cancellationToken);
    }

    public override bool Read() => ReadAsync(CancellationToken.None).GetAwaiter().GetResult();

    public override bool NextResult() => NextResultAsync(CancellationToken.None).GetAwaiter().GetResult();

    public override Task<DataTable?> GetSchemaTableAsync(CancellationToken cancellationToken = default) =>
        RunAsync(static (self, work) => self.Describe<DataTable?>(static reader => reader.GetSchemaTable()), cancellationToken);

    public override Task<ReadOnlyCollection<DbColumn>> GetColumnSchemaAsync(CancellationToken cancellationToken = default) =>
        RunAsync(static (self, work) => self.Describe(static reader => reader.GetColumnSchema()), cancellationToken);

    public override DataTable? GetSchemaTable() => GetSchemaTableAsync().GetAwaiter().GetResult();

    public override Task CloseAsync()
    {
        if (_closed)
        {
            return Task.CompletedTask;
        }

        _closed = true;
        if (_released)
        {
            return Task.CompletedTask;
        }

        var closing = _lane.RunAsync(static (self, _) => self.Release(), this);

        // In a transaction a single statement is done by now, and whatever follows on this connection runs after it.
        return _statement.Traits.IsSingle && !_session.Settings.Autocommit ? Task.CompletedTask : closing;
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes without waiting: whatever follows on this connection runs after it.</summary>
    public override void Close() => _ = CloseAsync();

    public override IEnumerator GetEnumerator() => new DbEnumerator(this, closeReader: false);

    /// <summary>Ends the statement. On the lane's thread.</summary>
    public bool Release()
    {
        if (!_released)
        {
            _released = true;
            _session.OpenReaders.Remove(this);
            _inner.Dispose();
            StatementCache.Return(_statement);
        }

        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Close();
        }
    }

    private Task<T> RunAsync<T>(Func<LaneReader, LaneWork, T> body, CancellationToken cancellationToken)
    {
        var step = new LaneWork<LaneReader, T>(body, this)
        {
            Target = _command,
            Interruptible = true,
            Token = cancellationToken,
            Limit = _lastStep.Limit - _lastStep.Ran,   // one limit applies to all of them
            StatementLimit = _lastStep.StatementLimit,
        };
        _lastStep = step;
        return _lane.RunAsync(step);
    }

    private bool Refill(LaneWork work)
    {
        _rows.Fill(_inner, work, onlyOne: false);
        ReleaseEarly();
        if (_rows.MoveNext() is { } moved)
        {
            return moved;
        }

        throw new OperationCanceledException(work.Token);   // nothing was read although it is not the end: it was cancelled
    }

    private bool MoveToNextResult(LaneWork work)
    {
        if (!_inner.NextResult())
        {
            _rows.Begin(ColumnSet.None, isComplete: true);
            return false;
        }

        BeginResult(work);
        return true;
    }

    private void BeginResult(LaneWork work)
    {
        _types = null;
        if (_inner.Handle is not { } handle)
        {
            _rows.Begin(ColumnSet.None, isComplete: true);   // no statement returns rows
        }
        else
        {
            _rows.Begin(_statement.ColumnsOf(handle), isComplete: false);
            _rows.Fill(_inner, work, OnlyOneRow);
        }

        ReleaseEarly();
    }

    /// <summary>Ends a query with its last row instead of when the reader is closed, which saves a hop to the lane.</summary>
    /// <remarks>Only if its columns can be described later by executing it again.</remarks>
    private void ReleaseEarly()
    {
        if (_rows.IsComplete && _statement.Traits is { IsSingle: true, ReadsOnly: true })
        {
            Release();
        }
    }

    private T Describe<T>(Func<SqliteDataReader, T> describe)
    {
        if (!_released)
        {
            return describe(_inner);
        }

        using var again = new SqliteCommand(_command.CommandText, _lane.Connection) { CommandTimeout = -1 };
        foreach (SqliteParameter parameter in _command.Parameters)
        {
            again.Parameters.Add(parameter);
        }

        using var reader = again.ExecuteReader();
        return describe(reader);
    }
}
