using System.Data;
using Microsoft.Data.Sqlite;
using Millpond.Providers;
using Millpond.Sqlite.Statements;

namespace Millpond.Sqlite;

/// <summary>SQLite's specifics that need no connection.</summary>
internal sealed class SqliteDialect : DatabaseDialect
{
    public static SqliteDialect Instance { get; } = new();

    public override string Name => "SQLite";

    /// <summary>Gets serializable, the level of every SQLite transaction.</summary>
    public override IsolationLevel DefaultIsolation => IsolationLevel.Serializable;

    public override IsolationLevel IsolationFor(IsolationLevel asked) => IsolationLevel.Serializable;

    public override bool AllowsCommandsBesideReaders => true;

    public override SqlSyntax Syntax => SqlSyntax.Sqlite;

    public override bool IsConflict(Exception failure) =>
        failure is SqliteException { SqliteErrorCode: ResultCode.Busy or ResultCode.Locked };

    public override bool IsConstraintViolation(Exception failure) =>
        failure is SqliteException { SqliteErrorCode: ResultCode.Constraint };

    public override bool IsReadOnlyRefusal(Exception failure) =>
        failure is SqliteException { SqliteErrorCode: ResultCode.ReadOnly };
}
