using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlRollbackTests(PostgreSqlRequestDatabase database)
    : RollbackRules(database), IClassFixture<PostgreSqlRequestDatabase>;
