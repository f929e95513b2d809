using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteUpgradeTests(SqliteRequestDatabase database)
    : UpgradeRules(database), IClassFixture<SqliteRequestDatabase>;
