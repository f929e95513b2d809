using System.Collections;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Millpond.Leasing;
using Millpond.Providers;
using Millpond.Transactions;

namespace Millpond.AdoNet;

/// <summary>A reader of a session: the driver's own reader, protected against use after the session's end and concurrent
/// commands.</summary>
internal sealed class SessionDataReader : DbDataReader, IOpenReader
{
    private const DynamicallyAccessedMemberTypes Columns =
        DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.PublicProperties;

    private readonly UnitOfWork _unit;
    private readonly SynchronousCalls _synchronous;
    private readonly DbDataReader _inner;
    private readonly ProviderConnection _connection;
    private readonly Operation _step;
    private readonly CommandBehavior _behavior;
    private bool _exhausted;
    private bool _closed;
    private bool _released;
    private bool _cancelled;
    private int _rowsAtClose = -1;

    public SessionDataReader(
        SessionConnection session,
        DbDataReader inner,
        ProviderConnection connection,
        CommandBehavior behavior,
        object target,
        string text)
    {
        _unit = session.Unit;
        _synchronous = session.SynchronousCalls;
        _inner = inner;
        _connection = connection;
        _behavior = behavior;
        _step = new Operation(OperationKind.ReaderStep, text, target);
    }

    public string Text => _step.Text;

    public object Target => _step.Target!;

    /// <summary>Gets whether the driver's reader is open. One that was closed without <c>await</c> is open until that is
    /// done.</summary>
    public bool IsOpen => !_released;

    public override int Depth => _inner.Depth;

    public override int FieldCount => Row.FieldCount;

    public override bool HasRows => Row.HasRows;

    public override bool IsClosed => _closed;

    public override int RecordsAffected => _released ? _rowsAtClose : _connection.CountRows(_inner);

    public override int VisibleFieldCount => Row.VisibleFieldCount;

    /// <summary>Gets whether the remaining rows are not needed: cancelling is cheaper than reading them (S07).</summary>
    private bool IsGivenUp =>
        !_exhausted && (_cancelled || _unit.Origin.Aborted.IsCancellationRequested);

    /// <summary>Gets whether its schema is available without I/O.</summary>
    private bool KnowsSchema =>
        (_behavior & CommandBehavior.KeyInfo) == 0 && _unit.Services.Source.Dialect.ReaderSchemaIsLocal;

    /// <summary>Gets the driver's reader for the current row, which needs no I/O.</summary>
    /// <remarks>Not after it is closed: Npgsql reuses its readers, so it may show another session's rows.</remarks>
    private DbDataReader Row
    {
        get
        {
            _unit.ThrowIfEnded();
            return _closed ? throw new InvalidOperationException("The reader is closed.") : _inner;
        }
    }

    public override object this[int ordinal] => Row[ordinal];

    public override object this[string name] => Row[name];

    public override Task<bool> ReadAsync(CancellationToken cancellationToken) =>
        AdvanceAsync(static (self, token) => self._inner.ReadAsync(token), cancellationToken);

    public override Task<bool> NextResultAsync(CancellationToken cancellationToken) =>
        AdvanceAsync(static (self, token) => self._inner.NextResultAsync(token), cancellationToken);

    public override Task<bool> IsDBNullAsync(int ordinal, CancellationToken cancellationToken) =>
        Row.IsDBNullAsync(ordinal, cancellationToken);

    public override Task<T> GetFieldValueAsync<T>(int ordinal, CancellationToken cancellationToken) =>
        Row.GetFieldValueAsync<T>(ordinal, cancellationToken);

    public override Task<DataTable?> GetSchemaTableAsync(CancellationToken cancellationToken = default) =>
        StepAsync(static (self, token) => self._inner.GetSchemaTableAsync(token), cancellationToken);

    public override Task<System.Collections.ObjectModel.ReadOnlyCollection<DbColumn>> GetColumnSchemaAsync(
        CancellationToken cancellationToken = default) =>
        StepAsync(static (self, token) => self._inner.GetColumnSchemaAsync(token), cancellationToken);

    public override bool Read() => _synchronous.Run("DbDataReader.Read", "ReadAsync", () => ReadAsync(default));

    public override bool NextResult() =>
        _synchronous.Run("DbDataReader.NextResult", "NextResultAsync", () => NextResultAsync(default));

    public override DataTable? GetSchemaTable() => KnowsSchema
        ? Row.GetSchemaTable()   // linq2db calls it on its asynchronous path
        : _synchronous.Run("DbDataReader.GetSchemaTable", "GetSchemaTableAsync", () => GetSchemaTableAsync());

    /// <summary>Closes without blocking and without an exception. The remaining rows are read before the session's next
    /// command.</summary>
    public override void Close()
    {
        if (!_closed)
        {
            _closed = true;
            _unit.Deferred.Run(async () =>
            {
                await _unit.Use.WhenIdleAsync().ConfigureAwait(false);   // its own step may still run
                await FinishAsync().ConfigureAwait(false);
            });
        }
    }

    public override Task CloseAsync() => _closed ? Task.CompletedTask : FinishAsync();

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes it because its transaction ends: the remaining rows are not needed.</summary>
    public Task GiveUpAsync()
    {
        _cancelled = true;
        return FinishAsync();
    }

    /// <summary>Closes the driver's reader, in an operation of the session.</summary>
    /// <exception cref="SessionConcurrencyException">Its own step still runs, so it stays open.</exception>
    public async Task FinishAsync()
    {
        if (_released || _unit.End is not null)   // the end of the session closes what is open
        {
            _closed = true;
            return;
        }

        if (!_unit.IsHolding)   // its connection was lost and returned: no new one is needed for this
        {
            await CloseInnerAsync().ConfigureAwait(false);
            return;
        }

        try
        {
            await _unit.RunAsync(
                _step with { Kind = OperationKind.CleanUp },
                this,
                static async (connection, self, _) =>
                {
                    if (self.IsGivenUp)
                    {
                        await connection.CancelAsync(self.Target).ConfigureAwait(false);
                    }

                    await self.CloseInnerAsync().ConfigureAwait(false);
                    return self._unit.NoteRows(self._rowsAtClose);
                },
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (SessionEndedException) when (!_released)
        {
            // The session still owns it: its end cancels the statement, then closes it.
        }
        catch (DbException) when (IsGivenUp)
        {
            // The error of the cancelled statement, whose caller already has its own.
        }
    }

    /// <summary>Closes it because the session ends. The statement is cancelled first, which is far cheaper than reading its
    /// rows (S07).</summary>
    public async Task AbandonAsync()
    {
        if (_released)
        {
            return;
        }

        try
        {
            if (!_exhausted)
            {
                await _connection.CancelAsync(Target).ConfigureAwait(false);
            }

            await CloseInnerAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The error of the cancelled statement is expected. Whatever it is, the connection is returned, and the transaction
            // is rolled back anyway.
        }
    }

    public override string GetName(int ordinal) => Row.GetName(ordinal);

    public override int GetOrdinal(string name) => Row.GetOrdinal(name);

    public override string GetDataTypeName(int ordinal) => Row.GetDataTypeName(ordinal);

    [return: DynamicallyAccessedMembers(Columns)]
    public override Type GetFieldType(int ordinal) => Row.GetFieldType(ordinal);

    [return: DynamicallyAccessedMembers(Columns)]
    public override Type GetProviderSpecificFieldType(int ordinal) => Row.GetProviderSpecificFieldType(ordinal);

    public override bool IsDBNull(int ordinal) => Row.IsDBNull(ordinal);

    public override T GetFieldValue<T>(int ordinal) => Row.GetFieldValue<T>(ordinal);

    public override object GetValue(int ordinal) => Row.GetValue(ordinal);

    public override int GetValues(object[] values) => Row.GetValues(values);

    public override object GetProviderSpecificValue(int ordinal) => Row.GetProviderSpecificValue(ordinal);

    public override int GetProviderSpecificValues(object[] values) => Row.GetProviderSpecificValues(values);

    public override bool GetBoolean(int ordinal) => Row.GetBoolean(ordinal);

    public override byte GetByte(int ordinal) => Row.GetByte(ordinal);

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        Row.GetBytes(ordinal, dataOffset, buffer, bufferOffset, length);

    public override char GetChar(int ordinal) => Row.GetChar(ordinal);

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        Row.GetChars(ordinal, dataOffset, buffer, bufferOffset, length);

    public override DateTime GetDateTime(int ordinal) => Row.GetDateTime(ordinal);

    public override decimal GetDecimal(int ordinal) => Row.GetDecimal(ordinal);

    public override double GetDouble(int ordinal) => Row.GetDouble(ordinal);

    public override float GetFloat(int ordinal) => Row.GetFloat(ordinal);

    public override Guid GetGuid(int ordinal) => Row.GetGuid(ordinal);

    public override short GetInt16(int ordinal) => Row.GetInt16(ordinal);

    public override int GetInt32(int ordinal) => Row.GetInt32(ordinal);

    public override long GetInt64(int ordinal) => Row.GetInt64(ordinal);

    public override string GetString(int ordinal) => Row.GetString(ordinal);

    public override Stream GetStream(int ordinal) => Row.GetStream(ordinal);

    public override TextReader GetTextReader(int ordinal) => Row.GetTextReader(ordinal);

    public override IEnumerator GetEnumerator() => new DbEnumerator(this, closeReader: false);

    protected override DbDataReader GetDbDataReader(int ordinal) => Row.GetData(ordinal);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Close();
        }
    }

    private Task<bool> AdvanceAsync(
        Func<SessionDataReader, CancellationToken, Task<bool>> step, CancellationToken cancellationToken)
    {
        var advancing = StepAsync(step, cancellationToken);
        if (!advancing.IsCompletedSuccessfully)
        {
            return WaitAsync(advancing);
        }

        _exhausted = !advancing.Result;   // most rows are already buffered
        return advancing;
    }

    private async Task<bool> WaitAsync(Task<bool> advancing)
    {
        try
        {
            var more = await advancing.ConfigureAwait(false);
            _exhausted = !more;
            return more;
        }
        catch (OperationCanceledException)
        {
            _cancelled = true;
            throw;
        }
    }

    private Task<T> StepAsync<T>(
        Func<SessionDataReader, CancellationToken, Task<T>> step, CancellationToken cancellationToken)
    {
        _ = Row;
        return _unit.RunAsync(
            _step, (Reader: this, Step: step), static (_, at, token) => at.Step(at.Reader, token), cancellationToken);
    }

    /// <summary>Closes the driver's reader. Nothing else uses the connection at that time.</summary>
    private async Task CloseInnerAsync()
    {
        if (_released)
        {
            return;
        }

        _released = _closed = true;
        try
        {
            await _inner.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _rowsAtClose = _connection.CountRows(_inner);
            _unit.Use.Closed(this);
        }
    }
}
