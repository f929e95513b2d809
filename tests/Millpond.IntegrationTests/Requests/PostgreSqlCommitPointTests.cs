using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlCommitPointTests(PostgreSqlRequestDatabase database)
    : CommitPointRules(database), IClassFixture<PostgreSqlRequestDatabase>;
