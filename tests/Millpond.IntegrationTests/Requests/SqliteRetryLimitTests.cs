using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteRetryLimitTests(SqliteRequestDatabase database)
    : RetryLimitRules(database), IClassFixture<SqliteRequestDatabase>;
