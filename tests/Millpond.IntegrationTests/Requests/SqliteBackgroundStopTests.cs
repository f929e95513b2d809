using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteBackgroundStopTests(SqliteRequestDatabase database)
    : BackgroundStopRules(database), IClassFixture<SqliteRequestDatabase>;
