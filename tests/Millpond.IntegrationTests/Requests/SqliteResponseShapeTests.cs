using System.Data.Common;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteResponseShapeTests(SqliteRequestDatabase database)
    : ResponseShapeRules(database), IClassFixture<SqliteRequestDatabase>
{
    private const int ForeignKeyViolation = 787;

    protected override void AssertIsRefusal(DbException answer) =>
        Assert.Equal(ForeignKeyViolation, Assert.IsType<SqliteException>(answer).SqliteExtendedErrorCode);
}
