using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Adoption;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlTestScopeTests(PostgreSqlRequestDatabase database)
    : TestScopeRules(database), IClassFixture<PostgreSqlRequestDatabase>;
