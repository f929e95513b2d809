using System.Data;
using System.Data.Common;
using Millpond.Providers;
using Npgsql;

namespace Millpond.PostgreSql.Statements;

/// <summary>Classifies PostgreSQL's errors.</summary>
internal sealed class PostgreSqlDialect : DatabaseDialect
{
    public static PostgreSqlDialect Instance { get; } = new();

    public override string Name => "PostgreSQL";

    public override IsolationLevel DefaultIsolation => IsolationLevel.ReadCommitted;

    public override SqlSyntax Syntax => SqlSyntax.PostgreSql;

    public override bool MapsEnums => true;

    public override bool AllowsCommandsBesideReaders => false;

    public override bool EntityFrameworkCastsReaders => true;

    // Npgsql builds it from the row description that came with the result.
    public override bool ReaderSchemaIsLocal => true;

    /// <remarks>Uses SET, because the rows of set_config would precede the first command's. A literal with a backslash has the
    /// same meaning under every <c>standard_conforming_strings</c> only if it begins with E.</remarks>
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

    // The server's routine names distinguish these errors from others with the same code, 0A000, which covers everything it
    // does not support. An error with a context is about a statement inside a function, which has begun.
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
