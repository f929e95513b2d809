using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Millpond.Leasing;
using Millpond.Providers;
using Millpond.Transactions;

namespace Millpond.AdoNet;

/// <summary>A command of a session: the driver's own command, bound to the session's connection and transaction when it runs
/// (F02).</summary>
internal sealed class SessionCommand(SessionConnection connection, DbCommand inner) : DbCommand
{
    [AllowNull]
    public override string CommandText
    {
        get => inner.CommandText;
        set => inner.CommandText = value;
    }

    public override int CommandTimeout
    {
        get => inner.CommandTimeout;
        set => inner.CommandTimeout = value;
    }

    public override CommandType CommandType
    {
        get => inner.CommandType;
        set => inner.CommandType = value;
    }

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource
    {
        get => inner.UpdatedRowSource;
        set => inner.UpdatedRowSource = value;
    }

    protected override DbParameterCollection DbParameterCollection => inner.Parameters;

    /// <summary>Gets the session's connection. It can be set only to the same connection or null.</summary>
    protected override DbConnection? DbConnection
    {
        get => connection;
        set
        {
            if (value is not null && !ReferenceEquals(value, connection))
            {
                throw new NotSupportedException("A session's command cannot move to another connection; create one there.");
            }
        }
    }

    /// <summary>Gets or sets the transaction, which is ignored: the command uses the session's.</summary>
    protected override DbTransaction? DbTransaction
    {
        get;
        set => field = value is null || ReferenceEquals((value as SavepointTransaction)?.Session, connection)
            ? value
            : throw new NotSupportedException(
                "This transaction belongs to another connection. A session's commands always use the session's transaction.");
    }

    /// <summary>Gets or sets whether it is a save of an object mapper.</summary>
    internal bool IsSave { get; set; }

    /// <summary>Gets whether its reader is cast to the driver's class and the statements in its packet are counted, so neither
    /// can be changed (F05).</summary>
    private bool CastsReader => IsSave && Unit.Services.Source.Dialect.EntityFrameworkCastsReaders;

    private UnitOfWork Unit => connection.Unit;

    private SynchronousCalls Synchronous => connection.SynchronousCalls;

    /// <summary>Queues a copy of it.</summary>
    public void Queue(UnitOfWork unit, CodeSite site)
    {
        if (!ReferenceEquals(unit, Unit))
        {
            throw new ArgumentException("The command belongs to another session, or to an earlier one of the same request.");
        }

        UnitQueue.Add(unit, inner, site);
    }

    public override void Cancel()
    {
        // Best effort and without exceptions, as in ADO.NET. It must not block: the driver opens a connection for it.
        Unit.Services.Track(Unit.CancelAsync(inner));
    }

    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) =>
        RunAsync(
            static async (real, self, token) =>
                self.Unit.NoteRows(await real.ExecuteNonQueryAsync(self.Inner, token).ConfigureAwait(false)),
            cancellationToken);

    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken) =>
        RunAsync(static (real, self, token) => real.ExecuteScalarAsync(self.Inner, token), cancellationToken);

    public override Task PrepareAsync(CancellationToken cancellationToken = default) =>
        RunAsync(
            static async (real, self, token) =>
            {
                await real.PrepareAsync(self.Inner, token).ConfigureAwait(false);
                return true;
            },
            cancellationToken,
            executes: false);

    public override int ExecuteNonQuery() =>
        Synchronous.Run("DbCommand.ExecuteNonQuery", "ExecuteNonQueryAsync", () => ExecuteNonQueryAsync(default));

    public override object? ExecuteScalar() =>
        Synchronous.Run("DbCommand.ExecuteScalar", "ExecuteScalarAsync", () => ExecuteScalarAsync(default));

    public override void Prepare() => Synchronous.Run("DbCommand.Prepare", "PrepareAsync", () => PrepareAsync());

    protected override DbParameter CreateDbParameter() => inner.CreateParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
        Synchronous.Run("DbCommand.ExecuteReader", "ExecuteReaderAsync", () => ExecuteDbDataReaderAsync(behavior, default));

    protected override Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken)
    {
        // The session's connection outlives every reader (F01).
        var kept = behavior & ~CommandBehavior.CloseConnection;
        return RunAsync(
            (Command: this, Behavior: kept),
            static async (real, at, token) =>
            {
                var reader = await real.ExecuteReaderAsync(at.Command.Inner, at.Behavior, token).ConfigureAwait(false);
                return at.Command.Open(reader, real, at.Behavior);
            },
            cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private DbCommand Inner => inner;

    private DbDataReader Open(DbDataReader reader, ProviderConnection real, CommandBehavior behavior)
    {
        if (CastsReader)
        {
            Unit.Health.NoteUntracked();
            Unit.Lease!.HasWritten = true;
            Unit.Use.Opened(new UntrackedReader(reader, inner, inner.CommandText, Unit.Lease));
            return reader;
        }

        var wrapped = new SessionDataReader(connection, reader, real, behavior, inner, inner.CommandText);
        Unit.Use.Opened(wrapped);
        return wrapped;
    }

    private Task<T> RunAsync<T>(
        Func<ProviderConnection, SessionCommand, CancellationToken, Task<T>> execute,
        CancellationToken cancellationToken,
        bool executes = true) =>
        RunAsync(this, execute, cancellationToken, executes);

    private Task<T> RunAsync<TState, T>(
        TState state,
        Func<ProviderConnection, TState, CancellationToken, Task<T>> execute,
        CancellationToken cancellationToken,
        bool executes = true)
    {
        var text = inner.CommandText;
        var savepoints = inner.CommandType == CommandType.Text ? SavepointText.Read(text, connection.Source.Dialect) : null;
        var operation = new Operation(OperationKind.Command, text, inner)
        {
            Recovers = savepoints?.Recovers ?? false,
            IsAlone = CastsReader,
            Executes = executes,
        };
        return savepoints is null
            ? Unit.RunAsync(operation, state, execute, cancellationToken)
            : savepoints.RunAsync(Unit, operation, state, execute, executes, cancellationToken);
    }
}
