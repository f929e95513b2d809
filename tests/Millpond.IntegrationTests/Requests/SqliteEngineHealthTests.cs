using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteEngineHealthTests(SqliteRequestDatabase database)
    : EngineHealthRules(database), IClassFixture<SqliteRequestDatabase>
{
    protected override string Nowhere => "sqlite:/nowhere/at/all.db";
}
