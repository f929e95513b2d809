using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteAfterTheEndTests(SqliteRequestDatabase database)
    : AfterTheEndRules(database), IClassFixture<SqliteRequestDatabase>;
