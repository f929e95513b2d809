using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlBackgroundStopTests(PostgreSqlRequestDatabase database)
    : BackgroundStopRules(database), IClassFixture<PostgreSqlRequestDatabase>;
