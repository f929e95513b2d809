using System.Runtime.ExceptionServices;
using Millpond.Leasing;
using Millpond.Providers;

namespace Millpond.Transactions.Failures;

/// <summary>What errors have done to a session's transaction so far (S05).</summary>
/// <remarks>Used inside an operation of the session only, so by one task at a time.</remarks>
internal sealed class TransactionHealth
{
    public FailureKind Worst { get; private set; }

    /// <summary>Gets the first error that did more than fail its own statement.</summary>
    public Exception? FirstError { get; private set; }

    /// <summary>
    /// Gets whether the commit has to make sure that there is still a transaction: any error happened at all, or statements went
    /// past the session.
    /// </summary>
    public bool VerifyCommit { get; private set; }

    /// <summary>Gets the error of a clean-up, which nobody has been told so far (S26).</summary>
    public Exception? Unreported { get; private set; }

    /// <summary>Notes the error of a clean-up: what should have been undone must not be committed.</summary>
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

    /// <summary>Notes that statements went past the session: the commit has to make sure.</summary>
    public void NoteUnseen() => VerifyCommit = true;

    /// <summary>Notes that a rollback to a savepoint succeeded, which heals what only aborted the transaction.</summary>
    public void Heal()
    {
        Worst = FailureKind.Statement;
        (FirstError, Unreported) = (null, null);
    }

    /// <summary>Begins anew with the next transaction.</summary>
    public void Forget()
    {
        Heal();
        VerifyCommit = false;
    }

    /// <exception cref="DatabaseUnavailableException">A clean-up lost the connection.</exception>
    /// <exception cref="SessionAbortedException">No such operation may follow what happened.</exception>
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

    /// <exception cref="DatabaseUnavailableException">A clean-up lost the connection, and nobody has been told.</exception>
    public void ThrowIfUnreported()
    {
        if (Unreported is { } error)
        {
            Unreported = null;
            ExceptionDispatchInfo.Throw(error);
        }
    }
}
