using System.Data;
using System.Data.Common;
using Millpond.Leasing;
using Millpond.Providers;
using Millpond.Transactions;

namespace Millpond.AdoNet;

/// <summary>A batch of a session: the driver's own batch, bound to the session's connection and transaction when it
/// runs.</summary>
internal sealed class SessionBatch(SessionConnection connection, DbBatch inner) : DbBatch
{
    public override int Timeout
    {
        get => inner.Timeout;
        set => inner.Timeout = value;
    }

    protected override DbBatchCommandCollection DbBatchCommands => inner.BatchCommands;

    protected override DbConnection? DbConnection
    {
        get => connection;
        set
        {
            if (value is not null && !ReferenceEquals(value, connection))
            {
                throw new NotSupportedException("A session's batch cannot move to another connection; create one there.");
            }
        }
    }

    /// <summary>Gets or sets the transaction, which is ignored: the batch uses the session's.</summary>
    protected override DbTransaction? DbTransaction { get; set; }

    private UnitOfWork Unit => connection.Unit;

    private SynchronousCalls Synchronous => connection.SynchronousCalls;

    private DbBatch Inner => inner;

    public override void Cancel() => Unit.Services.Track(Unit.CancelAsync(inner));

    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken = default) =>
        RunAsync(
            static async (real, self, token) =>
                self.Unit.NoteRows(await real.ExecuteNonQueryAsync(self.Inner, token).ConfigureAwait(false)),
            cancellationToken);

    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken = default) =>
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
        Synchronous.Run("DbBatch.ExecuteNonQuery", "ExecuteNonQueryAsync", () => ExecuteNonQueryAsync(default));

    public override object? ExecuteScalar() =>
        Synchronous.Run("DbBatch.ExecuteScalar", "ExecuteScalarAsync", () => ExecuteScalarAsync(default));

    public override void Prepare() => Synchronous.Run("DbBatch.Prepare", "PrepareAsync", () => PrepareAsync());

    public override void Dispose() => inner.Dispose();

    protected override DbBatchCommand CreateDbBatchCommand() => inner.CreateBatchCommand();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
        Synchronous.Run("DbBatch.ExecuteReader", "ExecuteReaderAsync", () => ExecuteDbDataReaderAsync(behavior, default));

    protected override Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken)
    {
        var kept = behavior & ~CommandBehavior.CloseConnection;
        return RunAsync(
            (Batch: this, Behavior: kept),
            static async (real, at, token) =>
            {
                var reader = await real.ExecuteReaderAsync(at.Batch.Inner, at.Behavior, token).ConfigureAwait(false);
                return at.Batch.Open(reader, real, at.Behavior);
            },
            cancellationToken);
    }

    private DbDataReader Open(DbDataReader reader, ProviderConnection real, CommandBehavior behavior)
    {
        var wrapped = new SessionDataReader(connection, reader, real, behavior, inner, Text());
        Unit.Use.Opened(wrapped);
        return wrapped;
    }

    private string Text() => string.Join("; ", inner.BatchCommands.Select(static command => command.CommandText));

    private Task<T> RunAsync<T>(
        Func<ProviderConnection, SessionBatch, CancellationToken, Task<T>> execute,
        CancellationToken cancellationToken,
        bool executes = true) =>
        RunAsync(this, execute, cancellationToken, executes);

    private Task<T> RunAsync<TState, T>(
        TState state,
        Func<ProviderConnection, TState, CancellationToken, Task<T>> execute,
        CancellationToken cancellationToken,
        bool executes = true)
    {
        SavepointText? savepoints = null;
        foreach (var command in inner.BatchCommands)
        {
            savepoints = command.CommandType == CommandType.Text
                ? SavepointText.Read(command.CommandText, connection.Source.Dialect, savepoints)
                : savepoints;
        }

        var operation = new Operation(OperationKind.Command, Text(), inner)
        {
            Recovers = savepoints?.Recovers ?? false,
            Executes = executes,
        };
        return savepoints is null
            ? Unit.RunAsync(operation, state, execute, cancellationToken)
            : savepoints.RunAsync(Unit, operation, state, execute, executes, cancellationToken);
    }
}
