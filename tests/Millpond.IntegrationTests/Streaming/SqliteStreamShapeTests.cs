using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Streaming;

public sealed class SqliteStreamShapeTests(SqliteRequestDatabase database)
    : StreamShapeRules(database), IClassFixture<SqliteRequestDatabase>;
