using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlRetriedBodyTests(PostgreSqlRequestDatabase database)
    : RetriedBodyRules(database), IClassFixture<PostgreSqlRequestDatabase>;
