using Millpond.Leasing;
using Millpond.Providers;

namespace Millpond.Transactions;

/// <content>Its savepoints: transactions inside its own, and those that a library sets (S11).</content>
internal sealed partial class UnitOfWork
{
    public Task SaveAsync(string savepoint, bool isTransaction, CancellationToken cancellationToken) =>
        RunAsync(
            new Operation(OperationKind.Command, $"SAVEPOINT {savepoint}"),
            (Unit: this, Name: savepoint, IsTransaction: isTransaction),
            static async (connection, at, token) =>
            {
                await connection.SaveAsync(at.Name, token).ConfigureAwait(false);
                at.Unit.Saved(at.Name, at.IsTransaction);
                return true;
            },
            cancellationToken);

    /// <param name="savepoint">The savepoint.</param>
    /// <param name="releases">Whether it is released then; else it stays.</param>
    /// <param name="cancellationToken">Cancels the command.</param>
    public Task RollBackToAsync(string savepoint, bool releases, CancellationToken cancellationToken) =>
        RunAsync(
            new Operation(OperationKind.Command, $"ROLLBACK TO SAVEPOINT {savepoint}") { Recovers = true },
            (Unit: this, Name: savepoint, Releases: releases),
            static async (connection, at, token) =>
            {
                await connection.RollbackToAsync(at.Name, token).ConfigureAwait(false);
                at.Unit.RolledBackTo(at.Name);
                return at.Releases && await at.Unit.ReleaseAsync(connection, at.Name, token).ConfigureAwait(false);
            },
            cancellationToken);

    public Task ReleaseAsync(string savepoint, CancellationToken cancellationToken) =>
        RunAsync(
            new Operation(OperationKind.Command, $"RELEASE SAVEPOINT {savepoint}"),
            (Unit: this, Name: savepoint),
            static (connection, at, token) => at.Unit.ReleaseAsync(connection, at.Name, token),
            cancellationToken);

    private async Task<bool> ReleaseAsync(
        ProviderConnection connection, string savepoint, CancellationToken cancellationToken)
    {
        await connection.ReleaseAsync(savepoint, cancellationToken).ConfigureAwait(false);
        Savepoints.Release(savepoint);
        return true;
    }
}
