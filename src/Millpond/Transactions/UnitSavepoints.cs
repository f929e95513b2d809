using Millpond.Diagnostics;
using Millpond.Leasing;
using Millpond.Providers;

namespace Millpond.Transactions;

/// <summary>The savepoints of a session: inner transactions, and those that a library sets (S11).</summary>
internal static class UnitSavepoints
{
    /// <exception cref="MillpondNotSupportedException">Each statement commits on its own, so there is no transaction.</exception>
    public static void ThrowIfNone(UnitOfWork unit)
    {
        if (unit.CommitsEachStatement)
        {
            throw new MillpondNotSupportedException(
                ErrorCodes.TransactionText,
                "A savepoint needs a transaction, but each statement of this session commits on its own (Mode = Autocommit). " +
                "Call BeginTransactionAsync of the session first.");
        }
    }

    public static Task SaveAsync(UnitOfWork unit, string savepoint, bool isTransaction, CancellationToken cancellationToken) =>
        unit.RunAsync(
            new Operation(OperationKind.Command, $"SAVEPOINT {savepoint}"),
            (Unit: unit, Name: savepoint, IsTransaction: isTransaction),
            static async (connection, at, token) =>
            {
                await connection.SaveAsync(at.Name, token).ConfigureAwait(false);
                at.Unit.Saved(at.Name, at.IsTransaction);
                return true;
            },
            cancellationToken);

    /// <param name="unit">The session's unit of work.</param>
    /// <param name="savepoint">The savepoint.</param>
    /// <param name="releases">Whether to release it afterwards.</param>
    /// <param name="cancellationToken">Cancels the command.</param>
    public static Task RollBackToAsync(
        UnitOfWork unit, string savepoint, bool releases, CancellationToken cancellationToken) =>
        unit.RunAsync(
            new Operation(OperationKind.Command, $"ROLLBACK TO SAVEPOINT {savepoint}") { Recovers = true },
            (Unit: unit, Name: savepoint, Releases: releases),
            static async (connection, at, token) =>
            {
                await connection.RollbackToAsync(at.Name, token).ConfigureAwait(false);
                at.Unit.RolledBackTo(at.Name);
                return at.Releases && await ReleaseAsync(at.Unit, connection, at.Name, token).ConfigureAwait(false);
            },
            cancellationToken);

    public static Task ReleaseAsync(UnitOfWork unit, string savepoint, CancellationToken cancellationToken) =>
        unit.RunAsync(
            new Operation(OperationKind.Command, $"RELEASE SAVEPOINT {savepoint}"),
            (Unit: unit, Name: savepoint),
            static (connection, at, token) => ReleaseAsync(at.Unit, connection, at.Name, token),
            cancellationToken);

    private static async Task<bool> ReleaseAsync(
        UnitOfWork unit, ProviderConnection connection, string savepoint, CancellationToken cancellationToken)
    {
        await connection.ReleaseAsync(savepoint, cancellationToken).ConfigureAwait(false);
        unit.Savepoints.Release(savepoint);
        return true;
    }
}
