using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Hosts;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlGrpcTests(PostgreSqlRequestDatabase database)
    : GrpcRules(database), IClassFixture<PostgreSqlRequestDatabase>;
