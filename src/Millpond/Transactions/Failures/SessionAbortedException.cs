using System.Data.Common;
using Millpond.Diagnostics;

namespace Millpond;

/// <summary>Thrown if a session cannot continue or commit, because one of its statements failed.</summary>
/// <remarks>The inner exception is the first failure. Nothing of the transaction was committed.</remarks>
public sealed class SessionAbortedException : MillpondException
{
    internal SessionAbortedException(string message, Exception? firstError)
        : base(ErrorCodes.SessionAborted, message, firstError)
    {
    }

    internal static SessionAbortedException AtCommit(string operation, Exception? firstError) =>
        new(
            $"The session of {operation} was not committed: a statement in it failed earlier ({Cause(firstError)}), and the " +
            $"error was " +
            "caught without a rollback. Let the error propagate, or run the statement between BeginTransactionAsync and " +
            "RollbackAsync.",
            firstError);

    internal static SessionAbortedException AtStatement(string operation, bool gone, Exception? firstError) =>
        new(
            gone
                ? $"The transaction of {operation} is gone: the database rolled it back after an error ({Cause(firstError)}). " +
                  "Call RollbackAsync to start over, or let the error propagate."
                : $"The transaction of {operation} is aborted by an earlier error ({Cause(firstError)}); no statement can " +
                  "follow. Roll back to a savepoint (BeginTransactionAsync) or completely, or let the error propagate.",
            firstError);

    internal static SessionAbortedException CommitRolledBack(string operation) =>
        new(
            $"The session of {operation} was not committed: the database answered its COMMIT with a rollback, because the " +
            "transaction was aborted or one of its statements had ended it.",
            firstError: null);

    private static string Cause(Exception? error) => error switch
    {
        null => "unknown",
        // A data exception quotes the invalid value, and an error raised by a function may contain anything.
        DbException { SqlState: { } state } when state.StartsWith("22", StringComparison.Ordinal) ||
            state.StartsWith("P0", StringComparison.Ordinal) => $"SQLSTATE {state}",
        // The first line only: PostgreSQL's detail, which quotes values, follows it.
        _ => error.Message.Split('\n', 2)[0].TrimEnd('\r', '.'),
    };
}
