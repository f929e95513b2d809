using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Hosts;

public sealed class SqliteScopeRunTests(SqliteRequestDatabase database)
    : ScopeRunRules(database), IClassFixture<SqliteRequestDatabase>;
