using System.Data;
using System.Data.Common;
using Millpond.Connections;
using Npgsql;

namespace Millpond.PostgreSql;

/// <summary>What PostgreSQL's errors mean.</summary>
internal sealed class PostgreSqlDialect : DatabaseDialect
{
    public static PostgreSqlDialect Instance { get; } = new();

    public override string Name => "PostgreSQL";

    public override IsolationLevel DefaultIsolation => IsolationLevel.ReadCommitted;

    public override SqlSyntax Syntax => SqlSyntax.PostgreSql;

    public override bool MapsEnums => true;

    public override bool AllowsCommandsBesideReaders => false;

    public override bool MapperCastsReaders => true;

    // Npgsql makes it of the row description that came with the result.
    public override bool ReadersKnowTheirSchema => true;

    public override bool IsConflict(Exception failure) =>
        failure is DbException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected };

    public override bool IsReadOnlyRefusal(Exception failure) =>
        failure is DbException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    /// <summary>Says what an error did to a transaction whose connection is still open.</summary>
    public static FailureKind Classify(Exception failure)
    {
        var answer = failure as PostgresException ?? failure.InnerException as PostgresException;
        if (answer is not null)
        {
            // Every error that the server reports aborts the transaction; FATAL and PANIC end the connection as well.
            return answer.InvariantSeverity is "FATAL" or "PANIC" ? FailureKind.ConnectionLost : FailureKind.Aborted;
        }

        // A command that ran out of time was cancelled at the server, which aborts.
        if (failure is NpgsqlException { InnerException: TimeoutException })
        {
            return FailureKind.Aborted;
        }

        // The rest never reached the server: a value that cannot be written, a token cancelled before the command was sent. The
        // commit verifies that after any error.
        return FailureKind.Statement;
    }
}
