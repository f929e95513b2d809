using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Hosts;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlWorkerTests(PostgreSqlRequestDatabase database)
    : WorkerRules(database), IClassFixture<PostgreSqlRequestDatabase>;
