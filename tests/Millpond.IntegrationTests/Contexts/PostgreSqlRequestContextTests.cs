using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlRequestContextTests(PostgreSqlRequestDatabase database)
    : RequestContextRules(database), IClassFixture<PostgreSqlRequestDatabase>;
