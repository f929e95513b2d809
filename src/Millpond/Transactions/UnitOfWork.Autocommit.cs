using Millpond.Diagnostics;
using Millpond.Leasing;
using Millpond.Providers;

namespace Millpond.Transactions;

/// <content>What differs where each statement commits by itself (<see cref="SessionMode.Autocommit"/>).</content>
/// <remarks>A transaction begun in such a session (<see cref="DbSession.BeginAsync"/>) is a real one, and the session's own: its
/// end is the session's commit or rollback, which gives the connection back like any other. Those begun inside it are
/// savepoints.</remarks>
internal sealed partial class UnitOfWork
{
    private SessionTransaction? _outermost;

    /// <summary>Gets whether each statement commits by itself now, so that a transaction has to be begun first.</summary>
    public bool CommitsEachStatement => IsAutocommit && _outermost is null;

    /// <summary>Gets how many transactions were begun and wait for their commit or rollback.</summary>
    public int OpenTransactions => Savepoints.OpenTransactions + (_outermost is null ? 0 : 1);

    private bool IsAutocommit => Options.Mode == SessionMode.Autocommit;

    /// <summary>Begins a real transaction.</summary>
    public Task<SessionTransaction> BeginOutermostAsync(
        SessionTransaction transaction, CancellationToken cancellationToken) =>
        RunAsync(
            Operation.Begin,
            transaction,
            static (_, begun, _) => Task.FromResult(begun.Unit._outermost = begun),
            cancellationToken);

    public bool IsOutermost(SessionTransaction transaction) => ReferenceEquals(_outermost, transaction);

    /// <summary>Commits what a real transaction did.</summary>
    public async Task CommitOutermostAsync(CancellationToken cancellationToken)
    {
        if (await CommitAsync(CommitLevel.Outermost, point: null, cancellationToken).ConfigureAwait(false) is { } due)
        {
            await due.RunAsync(Services, Origin.Operation).ConfigureAwait(false);
        }
    }

    /// <exception cref="NotSupportedException">There is no transaction that a savepoint could be set in.</exception>
    public void ThrowIfNoSavepoints()
    {
        if (CommitsEachStatement)
        {
            throw new NotSupportedException(
                "A savepoint needs a transaction, and each statement of this session commits by itself (Mode = Autocommit). " +
                $"Call BeginAsync of the session first. [{ErrorCodes.TransactionText}]")
            {
                HelpLink = ErrorPage.LinkTo(ErrorCodes.TransactionText),
            };
        }
    }

    /// <summary>Returns a closed connection where no transaction was lost with it: the next statement takes another.</summary>
    private async ValueTask LetGoIfLostAsync(Exception error)
    {
        if (_lease is { Stage: LeaseStage.Autocommit } lease && lease.Connection.Examine(error) >= FailureKind.Gone)
        {
            await RollBackLeaseAsync().ConfigureAwait(false);
        }
    }
}
