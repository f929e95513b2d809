using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteSeveralEnginesTests(SqliteRequestDatabase database)
    : SeveralEnginesRules(database), IClassFixture<SqliteRequestDatabase>;
