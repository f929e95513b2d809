using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteRequestHookTests(SqliteRequestDatabase database)
    : RequestHookRules(database), IClassFixture<SqliteRequestDatabase>;
