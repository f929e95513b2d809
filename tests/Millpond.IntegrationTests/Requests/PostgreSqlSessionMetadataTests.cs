using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlSessionMetadataTests(PostgreSqlRequestDatabase database)
    : SessionMetadataRules(database), IClassFixture<PostgreSqlRequestDatabase>;
