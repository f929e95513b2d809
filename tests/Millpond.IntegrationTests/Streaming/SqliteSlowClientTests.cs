using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Streaming;

public sealed class SqliteSlowClientTests(SqliteRequestDatabase database)
    : SlowClientRules(database), IClassFixture<SqliteRequestDatabase>;
