using System.Data.Common;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlResponseShapeTests(PostgreSqlRequestDatabase database)
    : ResponseShapeRules(database), IClassFixture<PostgreSqlRequestDatabase>
{
    protected override void AssertIsRefusal(DbException answer) =>
        Assert.Equal(PostgresErrorCodes.ForeignKeyViolation, Assert.IsType<PostgresException>(answer).SqlState);
}
