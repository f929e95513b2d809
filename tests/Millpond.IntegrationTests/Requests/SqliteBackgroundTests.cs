using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteBackgroundTests(SqliteRequestDatabase database)
    : BackgroundRules(database), IClassFixture<SqliteRequestDatabase>;
