using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteCommitPointTests(SqliteRequestDatabase database)
    : CommitPointRules(database), IClassFixture<SqliteRequestDatabase>;
