using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlFastEndpointsTests(PostgreSqlRequestDatabase database)
    : FastEndpointsRules(database), IClassFixture<PostgreSqlRequestDatabase>;
