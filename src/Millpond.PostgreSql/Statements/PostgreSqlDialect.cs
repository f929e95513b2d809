using System.Data;
using System.Data.Common;
using Millpond.Providers;
using Npgsql;

namespace Millpond.PostgreSql.Statements;

/// <summary>What PostgreSQL's errors mean.</summary>
internal sealed class PostgreSqlDialect : DatabaseDialect
{
    public static PostgreSqlDialect Instance { get; } = new();

    public override string Name => "PostgreSQL";

    public override IsolationLevel DefaultIsolation => IsolationLevel.ReadCommitted;

    public override SqlSyntax Syntax => SqlSyntax.PostgreSql;

    public override bool MapsEnums => true;

    public override bool AllowsCommandsBesideReaders => false;

    public override bool EntityFrameworkCastsReaders => true;

    // Npgsql makes it of the row description that came with the result.
    public override bool ReaderSchemaIsLocal => true;

    /// <remarks>SET, because the rows of set_config would be the first command's. A literal with a backslash means the same under
    /// every <c>standard_conforming_strings</c> only when it begins by E.</remarks>
    public override string SettingText(string name, IReadOnlyList<string> values, bool lasts)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(values);
        var parts = name.Split('.');
        return Array.Exists(parts, string.IsNullOrEmpty)
            ? throw new ArgumentException($"'{name}' is not a valid setting name: a part of it is empty.", nameof(name))
            : $"SET {(lasts ? "SESSION" : "LOCAL")} {string.Join('.', parts.Select(Identifier))} = " +
                string.Join(", ", values.Select(Literal));
    }

    public override bool IsConflict(Exception failure) =>
        failure is DbException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected };

    public override bool IsReadOnlyRefusal(Exception failure) =>
        failure is DbException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    // The server's own functions tell these errors from others of the same code: 0A000 is the error for all that it cannot do.
    // With a context it is about a statement inside a function, which has begun.
    public override bool IsStalePlan(Exception failure) => failure is PostgresException { Where: null or "" } and
        ({ SqlState: PostgresErrorCodes.FeatureNotSupported, Routine: "RevalidateCachedQuery" } or
        { SqlState: PostgresErrorCodes.InvalidSqlStatementName, Routine: "FetchPreparedStatement" });

    private static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Literal(string value)
    {
        var quoted = value.Replace("'", "''", StringComparison.Ordinal);
        return quoted.Contains('\\', StringComparison.Ordinal)
            ? $"E'{quoted.Replace("\\", "\\\\", StringComparison.Ordinal)}'"
            : $"'{quoted}'";
    }
}
