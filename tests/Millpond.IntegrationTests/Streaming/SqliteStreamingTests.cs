using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Streaming;

public sealed class SqliteStreamingTests(SqliteRequestDatabase database)
    : StreamingRules(database), IClassFixture<SqliteRequestDatabase>;
