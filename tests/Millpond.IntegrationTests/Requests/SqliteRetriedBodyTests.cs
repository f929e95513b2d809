using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteRetriedBodyTests(SqliteRequestDatabase database)
    : RetriedBodyRules(database), IClassFixture<SqliteRequestDatabase>;
