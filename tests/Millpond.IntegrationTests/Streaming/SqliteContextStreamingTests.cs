using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Streaming;

public sealed class SqliteContextStreamingTests(SqliteRequestDatabase database)
    : ContextStreamingRules(database), IClassFixture<SqliteRequestDatabase>;
