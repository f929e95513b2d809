using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Hosts;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlPageTests(PostgreSqlRequestDatabase database)
    : PageRules(database), IClassFixture<PostgreSqlRequestDatabase>;
