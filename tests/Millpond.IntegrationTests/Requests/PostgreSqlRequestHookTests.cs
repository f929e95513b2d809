using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlRequestHookTests(PostgreSqlRequestDatabase database)
    : RequestHookRules(database), IClassFixture<PostgreSqlRequestDatabase>;
