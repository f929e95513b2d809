using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlIdentityTests(PostgreSqlRequestDatabase database)
    : IdentityRules(database), IClassFixture<PostgreSqlRequestDatabase>;
