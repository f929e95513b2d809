using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlAfterTheEndTests(PostgreSqlRequestDatabase database)
    : AfterTheEndRules(database), IClassFixture<PostgreSqlRequestDatabase>;
