using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Hosts;

public sealed class SqlitePageTests(SqliteRequestDatabase database)
    : PageRules(database), IClassFixture<SqliteRequestDatabase>;
