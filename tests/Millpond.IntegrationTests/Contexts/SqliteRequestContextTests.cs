using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

public sealed class SqliteRequestContextTests(SqliteRequestDatabase database)
    : RequestContextRules(database), IClassFixture<SqliteRequestDatabase>;
