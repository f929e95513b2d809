using Millpond.Providers;
using Npgsql;

namespace Millpond.PostgreSql.Statements;

/// <summary>Tells a lost connection from errors after which the driver has closed it itself (S26).</summary>
internal static class DriverFailure
{
    public static FailureKind Classify(Exception failure, bool isOpen)
    {
        var answer = failure as PostgresException ?? failure.InnerException as PostgresException;
        return answer switch
        {
            // Every error that the server reports aborts the transaction; FATAL and PANIC end the connection as well.
            { InvariantSeverity: "FATAL" or "PANIC" } => FailureKind.ConnectionLost,
            not null => isOpen ? FailureKind.Aborted : FailureKind.TransactionLost,

            // The network; or a cancellation that nobody answered.
            null when !isOpen => failure is NpgsqlException or OperationCanceledException
                ? FailureKind.ConnectionLost
                : FailureKind.TransactionLost,

            // A command that ran out of time was cancelled at the server, which aborts. The rest never reached the server: a
            // value that cannot be written, a token cancelled before the command was sent. The commit verifies after any error.
            null => failure is NpgsqlException { InnerException: TimeoutException }
                ? FailureKind.Aborted
                : FailureKind.Statement,
        };
    }

    /// <summary>Finds why the driver closed a connection from which it says that it cannot read.</summary>
    /// <remarks>Where a value fails in the middle of being written, the driver closes the connection and reports only that. Its
    /// transaction knows the error.</remarks>
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
            // Else it was the network, the server or a cancellation.
            return closed.InnerException is { } cause and not (NpgsqlException or OperationCanceledException) ? cause : failure;
        }
    }

    /// <summary>Says whether the server refused a command before it ran any of it, and would not refuse it again.</summary>
    /// <remarks>It would where it has the plan no more: the driver does not notice.</remarks>
    public static bool IsUnrun(Exception failure, object? command) =>
        failure is PostgresException { SqlState: PostgresErrorCodes.FeatureNotSupported } &&
        PostgreSqlDialect.Instance.IsStalePlan(failure) && command switch
        {
            NpgsqlCommand one => !Prelude.MayHoldSeveral(one.CommandText),
            NpgsqlBatch batch => batch.BatchCommands.Count == 1,   // of several, those in front of it ran
            _ => false,
        };
}
