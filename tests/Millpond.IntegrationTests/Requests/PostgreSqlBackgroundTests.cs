using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlBackgroundTests(PostgreSqlRequestDatabase database)
    : BackgroundRules(database), IClassFixture<PostgreSqlRequestDatabase>;
