using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlUpgradeTests(PostgreSqlRequestDatabase database)
    : UpgradeRules(database), IClassFixture<PostgreSqlRequestDatabase>;
