using Millpond.Leasing;
using Millpond.Transactions;

namespace Millpond;

/// <summary>A transaction inside a session's own, as a savepoint.</summary>
/// <remarks>
/// <para>Its commit keeps its work in the session's transaction, which may still roll back. Not for concurrent use.</para>
/// <para>In a session with <see cref="SessionMode.Autocommit"/> the outermost one is a real transaction: its commit makes the
/// work durable and returns the connection.</para>
/// </remarks>
public sealed class SessionTransaction : IAsyncDisposable
{
    private readonly UnitOfWork _unit;
    private readonly string? _savepoint;   // null: a real transaction

    private SessionTransaction(UnitOfWork unit, string? savepoint)
    {
        _unit = unit;
        _savepoint = savepoint;
    }

    internal UnitOfWork Unit => _unit;

    /// <summary>Gets whether it can still be committed or rolled back.</summary>
    internal bool IsOpen => _savepoint is null ? ReferenceEquals(_unit.Outermost, this) : _unit.Savepoints.Contains(_savepoint);

    /// <summary>Keeps the work since the transaction began, as part of the session's transaction.</summary>
    /// <param name="cancellationToken">Cancels the command that releases the savepoint. A COMMIT that was sent is not
    /// cancelled.</param>
    /// <exception cref="SessionAbortedException">One of its statements had failed.</exception>
    /// <exception cref="CommitOutcomeException">In an autocommit session: the connection was lost during COMMIT.</exception>
    /// <exception cref="SessionEndedException">The session has ended.</exception>
    /// <exception cref="InvalidOperationException">It has already ended, or a transaction around it has.</exception>
    public async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDecided();
        if (_savepoint is null)
        {
            var due = await UnitCommit.RunAsync(
                _unit, CommitLevel.Outermost, point: null, ends: false, cancellationToken).ConfigureAwait(false);
            await (due?.RunAsync(_unit.Services, _unit.Origin.Operation) ?? Task.CompletedTask).ConfigureAwait(false);
            return;
        }

        await UnitSavepoints.ReleaseAsync(_unit, _savepoint, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Undoes the work since the transaction began. The session continues.</summary>
    /// <param name="cancellationToken">Cancels the command that rolls back.</param>
    /// <exception cref="SessionAbortedException">The whole transaction of the session is lost.</exception>
    /// <exception cref="SessionEndedException">The session has ended.</exception>
    /// <exception cref="InvalidOperationException">It has already ended, or a transaction around it has.</exception>
    public async Task RollbackAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDecided();
        if (_savepoint is null)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await UnitEnd.RollbackAsync(_unit).ConfigureAwait(false);
            return;
        }

        await UnitSavepoints.RollBackToAsync(_unit, _savepoint, releases: true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Rolls back unless it was committed or rolled back before. Closes a reader that is still open. Never throws: if
    /// the rollback fails, the session cannot commit.</summary>
    /// <returns>A task that completes when that is done.</returns>
    public ValueTask DisposeAsync()
    {
        // Ended or lost: the database has already undone the work, and the session's own error shows why. If only the
        // transaction is lost, the session continues.
        if (!IsOpen || _unit.State == SessionState.Ended || (_savepoint is not null && _unit.State == SessionState.Lost))
        {
            return ValueTask.CompletedTask;
        }

        return new(_savepoint is null ? _unit.Deferred.RollBackAndReturnAsync() : _unit.Deferred.UndoAsync(_savepoint));
    }

    internal static async Task<SessionTransaction> BeginTransactionAsync(
        UnitOfWork unit, CancellationToken cancellationToken)
    {
        unit.ThrowIfOver();
        if (unit.CommitsEachStatement)
        {
            return await unit.RunAsync(
                Operation.Begin,
                new SessionTransaction(unit, savepoint: null),
                static (_, begun, _) =>
                {
                    begun._unit.Outermost = begun;
                    return Task.FromResult(begun);
                },
                cancellationToken).ConfigureAwait(false);
        }

        var savepoint = unit.Savepoints.NextName();
        await UnitSavepoints.SaveAsync(unit, savepoint, isTransaction: true, cancellationToken).ConfigureAwait(false);
        return new SessionTransaction(unit, savepoint);
    }

    internal void ThrowIfDecided()
    {
        _unit.ThrowIfOver();
        if (!IsOpen)
        {
            throw new InvalidOperationException(
                "This transaction has already ended: it, or one around it, was committed or rolled back.");
        }
    }
}
