using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlRetryLimitTests(PostgreSqlRequestDatabase database)
    : RetryLimitRules(database), IClassFixture<PostgreSqlRequestDatabase>;
