using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Streaming;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlSlowClientTests(PostgreSqlRequestDatabase database)
    : SlowClientRules(database), IClassFixture<PostgreSqlRequestDatabase>;
