using System.Data;
using System.Data.Common;
using System.Globalization;
using Millpond.Providers;
using Millpond.Transactions;

namespace Millpond.AdoNet;

/// <summary>A savepoint as a <see cref="DbTransaction"/>, for code that begins a transaction on a session's connection
/// (F07).</summary>
internal sealed class SavepointTransaction : DbTransaction
{
    private readonly SessionConnection _connection;
    private readonly SessionTransaction _transaction;

    private SavepointTransaction(SessionConnection connection, SessionTransaction transaction)
    {
        _connection = connection;
        _transaction = transaction;
    }

    public override IsolationLevel IsolationLevel => _connection.Unit.Isolation;

    public override bool SupportsSavepoints => true;

    /// <summary>Gets the session's connection, even after the transaction has ended.</summary>
    public SessionConnection Session => _connection;

    protected override DbConnection? DbConnection => _transaction.IsOpen ? _connection : null;

    private SynchronousCalls Synchronous => _connection.SynchronousCalls;

    public static async Task<DbTransaction> BeginTransactionAsync(
        SessionConnection connection, IsolationLevel isolation, CancellationToken cancellationToken)
    {
        // Begun first, because only a connection knows the default isolation level.
        var transaction = await SessionTransaction.BeginTransactionAsync(connection.Unit, cancellationToken)
            .ConfigureAwait(false);
        try
        {
            ThrowIfStricter(isolation, connection.Unit);
            return new SavepointTransaction(connection, transaction);
        }
        catch
        {
            await transaction.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override Task CommitAsync(CancellationToken cancellationToken = default) =>
        _transaction.CommitAsync(cancellationToken);

    public override Task RollbackAsync(CancellationToken cancellationToken = default) =>
        _transaction.RollbackAsync(cancellationToken);

    public override ValueTask DisposeAsync() => _transaction.DisposeAsync();

    public override Task SaveAsync(string savepointName, CancellationToken cancellationToken = default) =>
        UnitSavepoints.SaveAsync(UnitFor(savepointName), savepointName, isTransaction: false, cancellationToken);

    public override Task RollbackAsync(string savepointName, CancellationToken cancellationToken = default) =>
        UnitSavepoints.RollBackToAsync(UnitFor(savepointName), savepointName, releases: false, cancellationToken);

    public override Task ReleaseAsync(string savepointName, CancellationToken cancellationToken = default) =>
        UnitSavepoints.ReleaseAsync(UnitFor(savepointName), savepointName, cancellationToken);

    public override void Commit() => Synchronous.Run("DbTransaction.Commit", "CommitAsync", () => CommitAsync());

    public override void Rollback() => Synchronous.Run("DbTransaction.Rollback", "RollbackAsync", () => RollbackAsync());

    public override void Save(string savepointName) =>
        Synchronous.Run("DbTransaction.Save", "SaveAsync", () => SaveAsync(savepointName));

    public override void Rollback(string savepointName) =>
        Synchronous.Run("DbTransaction.Rollback", "RollbackAsync", () => RollbackAsync(savepointName));

    public override void Release(string savepointName) =>
        Synchronous.Run("DbTransaction.Release", "ReleaseAsync", () => ReleaseAsync(savepointName));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _ = _transaction.DisposeAsync().AsTask();   // never fails, and the session's next command waits for it
        }

        base.Dispose(disposing);
    }

    private static void ThrowIfStricter(IsolationLevel asked, UnitOfWork unit)
    {
        var dialect = unit.Services.Source.Dialect;
        if (asked is IsolationLevel.Unspecified or IsolationLevel.Chaos ||
            Rank(dialect.IsolationFor(asked)) <= Rank(unit.Isolation))
        {
            return;
        }

        throw new InvalidOperationException(string.Create(
            CultureInfo.InvariantCulture,
            $"A transaction inside a session uses the session's isolation level, {unit.Isolation}, and cannot use the " +
            $"stricter {asked}. ") +
            "Open the session with Isolation set.");
    }

    private static int Rank(IsolationLevel level) => level switch
    {
        IsolationLevel.ReadUncommitted => 1,
        IsolationLevel.ReadCommitted => 2,
        IsolationLevel.RepeatableRead => 3,
        IsolationLevel.Snapshot => 4,
        _ => 5,
    };

    /// <summary>Gets the unit of work for a savepoint operation, while this transaction is open.</summary>
    private UnitOfWork UnitFor(string savepoint)
    {
        ArgumentException.ThrowIfNullOrEmpty(savepoint);
        _transaction.ThrowIfDecided();
        return _connection.Unit;
    }
}
