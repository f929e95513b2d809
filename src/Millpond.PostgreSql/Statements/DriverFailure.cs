using Millpond.Providers;
using Npgsql;

namespace Millpond.PostgreSql.Statements;

/// <summary>Distinguishes a lost connection from errors after which the driver has closed it itself (S26).</summary>
internal static class DriverFailure
{
    public static FailureKind Classify(Exception failure, bool isOpen)
    {
        var answer = failure as PostgresException ?? failure.InnerException as PostgresException;
        return answer switch
        {
            // Every error that the server reports aborts the transaction. FATAL and PANIC end the connection as well.
            { InvariantSeverity: "FATAL" or "PANIC" } => FailureKind.ConnectionLost,
            not null => isOpen ? FailureKind.Aborted : FailureKind.TransactionLost,

            // The network, or a cancellation that was not answered.
            null when !isOpen => failure is NpgsqlException or OperationCanceledException
                ? FailureKind.ConnectionLost
                : FailureKind.TransactionLost,

            // A command that timed out was cancelled at the server, which aborts the transaction. The rest never reached the
            // server: a value that cannot be written, or a token that was cancelled before the command was sent. The commit
            // verifies after any error.
            null => failure is NpgsqlException { InnerException: TimeoutException }
                ? FailureKind.Aborted
                : FailureKind.Statement,
        };
    }

    /// <summary>Finds why the driver closed a connection that it reports as closed.</summary>
    /// <remarks>If writing a value fails, the driver closes the connection and reports only that. Its transaction has the
    /// error.</remarks>
    public static Exception FindCause(Exception failure, NpgsqlTransaction? transaction)
    {
        if (failure is not NpgsqlException or PostgresException)
        {
            return failure;
        }

        try
        {
            _ = transaction?.Connection;
            return failure;
        }
        catch (ObjectDisposedException closed)
        {
            // Otherwise it was the network, the server or a cancellation.
            return closed.InnerException is { } cause and not (NpgsqlException or OperationCanceledException) ? cause : failure;
        }
    }

    /// <summary>Returns whether the server rejected a command before it ran any of it, and would not reject it again.</summary>
    /// <remarks>It would if it no longer has the plan, which the driver does not notice.</remarks>
    public static bool IsUnrun(Exception failure, object? command) =>
        failure is PostgresException { SqlState: PostgresErrorCodes.FeatureNotSupported } &&
        PostgreSqlDialect.Instance.IsStalePlan(failure) && command switch
        {
            NpgsqlCommand one => !Prelude.MayHoldSeveral(one.CommandText),
            NpgsqlBatch batch => batch.BatchCommands.Count == 1,   // in a batch of several, the preceding ones ran
            _ => false,
        };
}
