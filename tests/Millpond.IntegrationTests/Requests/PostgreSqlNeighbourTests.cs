using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlNeighbourTests(PostgreSqlRequestDatabase database)
    : NeighbourRules(database), IClassFixture<PostgreSqlRequestDatabase>;
