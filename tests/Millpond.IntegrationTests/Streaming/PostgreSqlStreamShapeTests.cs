using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Streaming;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlStreamShapeTests(PostgreSqlRequestDatabase database)
    : StreamShapeRules(database), IClassFixture<PostgreSqlRequestDatabase>;
