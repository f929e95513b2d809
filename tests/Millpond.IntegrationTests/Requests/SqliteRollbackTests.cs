using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteRollbackTests(SqliteRequestDatabase database)
    : RollbackRules(database), IClassFixture<SqliteRequestDatabase>;
