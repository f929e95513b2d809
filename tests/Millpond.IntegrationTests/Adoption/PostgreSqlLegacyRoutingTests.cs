using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Adoption;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlLegacyRoutingTests(PostgreSqlRequestDatabase database)
    : LegacyRoutingRules(database), IClassFixture<PostgreSqlRequestDatabase>;
