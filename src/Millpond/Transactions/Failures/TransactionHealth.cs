using System.Runtime.ExceptionServices;
using Millpond.Leasing;
using Millpond.Providers;

namespace Millpond.Transactions.Failures;

/// <summary>The effect of errors on a session's transaction (S05).</summary>
/// <remarks>Used inside an operation of the session only, so by one task at a time.</remarks>
internal sealed class TransactionHealth
{
    public FailureKind Worst { get; private set; }

    /// <summary>Gets the first error that affected more than its own statement.</summary>
    public Exception? FirstError { get; private set; }

    /// <summary>Gets whether the commit has to check that there is still a transaction, because any error occurred, or
    /// statements bypassed the session.</summary>
    public bool VerifyCommit { get; private set; }

    /// <summary>Gets the error of a clean-up that has not been reported yet (S26).</summary>
    public Exception? Unreported { get; private set; }

    /// <summary>Records the error of a clean-up: what should have been undone must not be committed.</summary>
    public void NoteUnreported(Exception error)
    {
        Note(FailureKind.Aborted, error);
        Unreported = error as DatabaseUnavailableException;   // any other error is the first of a session that is aborted
    }

    public void Note(FailureKind kind, Exception error)
    {
        VerifyCommit = true;
        if (kind > FailureKind.Statement)
        {
            FirstError ??= error;
        }

        if (kind > Worst)
        {
            Worst = kind;
        }
    }

    /// <summary>Records that statements bypassed the session: the commit has to check.</summary>
    public void NoteUntracked() => VerifyCommit = true;

    /// <summary>Records that a rollback to a savepoint succeeded, after which an aborted transaction can continue.</summary>
    public void Recover()
    {
        Worst = FailureKind.Statement;
        (FirstError, Unreported) = (null, null);
    }

    /// <summary>Resets it for the next transaction.</summary>
    public void Forget()
    {
        Recover();
        VerifyCommit = false;
    }

    /// <exception cref="DatabaseUnavailableException">A clean-up lost the connection.</exception>
    /// <exception cref="SessionAbortedException">Such an operation cannot follow the earlier error.</exception>
    public void ThrowIfUnusable(Operation operation, string owner)
    {
        if (operation.Kind == OperationKind.CleanUp || Worst == FailureKind.Statement)
        {
            return;
        }

        var gone = Worst >= FailureKind.TransactionLost;
        if (gone || !operation.Recovers)
        {
            ThrowIfUnreported();
            throw SessionAbortedException.AtStatement(owner, gone, FirstError);
        }
    }

    /// <exception cref="DatabaseUnavailableException">A clean-up lost the connection, which was not reported yet.</exception>
    public void ThrowIfUnreported()
    {
        if (Unreported is { } error)
        {
            Unreported = null;
            ExceptionDispatchInfo.Throw(error);
        }
    }
}
