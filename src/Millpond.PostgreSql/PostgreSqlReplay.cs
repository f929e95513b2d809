using Millpond.Connections;
using Npgsql;

namespace Millpond.PostgreSql;

/// <summary>Which failures of a transaction's first packet leave nothing behind and may not come again (S19).</summary>
internal static class PostgreSqlReplay
{
    // The server's own functions tell these errors from others of the same code: 0A000 is the error for all that it cannot do.
    private const string ResultTypeChanged = "RevalidateCachedQuery";
    private const string NoSuchPlan = "FetchPreparedStatement";

    public static ReplayKind Find(Exception failure, bool isLost) => failure switch
    {
        // The driver forgets the plan by itself.
        PostgresException { SqlState: PostgresErrorCodes.FeatureNotSupported, Routine: ResultTypeChanged } =>
            ReplayKind.SameConnection,

        // This one it does not forget, however often it is told.
        PostgresException { SqlState: PostgresErrorCodes.InvalidSqlStatementName, Routine: NoSuchPlan } =>
            ReplayKind.FreshConnection,

        // The last words of a server that ends the connection: 57P01 for an administrator, 57P05 for idleness; of a pooler that
        // has lost its own: 08P01. Others are about the statement, as 25P04 for a transaction that took too long.
        PostgresException last when isLost && last.SqlState[..2] != "08" && last.SqlState[..3] != "57P" => ReplayKind.No,
        _ => isLost ? ReplayKind.FreshConnection : ReplayKind.No,
    };

    /// <summary>Says whether a command can be bound to another connection: the driver lets go of it unless it was lost in the
    /// middle of the answer.</summary>
    public static bool IsFree(object? command)
    {
        try
        {
            if (command is NpgsqlCommand bound)
            {
                bound.Connection = null;
            }
            else if (command is NpgsqlBatch batch)
            {
                batch.Connection = null;
            }

            return true;
        }
        catch (InvalidOperationException)
        {
            return false;   // its reader was open by then
        }
    }
}
