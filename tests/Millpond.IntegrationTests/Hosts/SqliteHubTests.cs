using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Hosts;

public sealed class SqliteHubTests(SqliteRequestDatabase database)
    : HubRules(database), IClassFixture<SqliteRequestDatabase>;
