using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Streaming;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlStreamingTests(PostgreSqlRequestDatabase database)
    : StreamingRules(database), IClassFixture<PostgreSqlRequestDatabase>;
