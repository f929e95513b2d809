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

    // The server's own functions tell these errors from others of the same code: 0A000 is the error for all that it cannot do.
    // With a context it is about a statement inside a function, which has begun.
    public override bool IsStalePlan(Exception failure) => failure is PostgresException { Where: null or "" } and
        ({ SqlState: PostgresErrorCodes.FeatureNotSupported, Routine: "RevalidateCachedQuery" } or
        { SqlState: PostgresErrorCodes.InvalidSqlStatementName, Routine: "FetchPreparedStatement" });
}
