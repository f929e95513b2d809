using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlSeveralEnginesTests(PostgreSqlRequestDatabase database)
    : SeveralEnginesRules(database), IClassFixture<PostgreSqlRequestDatabase>;
