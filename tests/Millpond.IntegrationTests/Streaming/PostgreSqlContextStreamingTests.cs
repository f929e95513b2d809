using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Streaming;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlContextStreamingTests(PostgreSqlRequestDatabase database)
    : ContextStreamingRules(database), IClassFixture<PostgreSqlRequestDatabase>;
