using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Adoption;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlSaveInterceptorTests(PostgreSqlRequestDatabase database)
    : SaveInterceptorRules(database), IClassFixture<PostgreSqlRequestDatabase>;
