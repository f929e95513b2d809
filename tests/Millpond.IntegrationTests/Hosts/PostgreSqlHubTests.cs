using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Hosts;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlHubTests(PostgreSqlRequestDatabase database)
    : HubRules(database), IClassFixture<PostgreSqlRequestDatabase>;
