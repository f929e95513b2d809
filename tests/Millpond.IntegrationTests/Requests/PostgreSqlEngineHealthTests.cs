using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlEngineHealthTests(PostgreSqlRequestDatabase database)
    : EngineHealthRules(database), IClassFixture<PostgreSqlRequestDatabase>
{
    protected override string Nowhere => "postgresql://nobody@127.0.0.1:1/nowhere";
}
