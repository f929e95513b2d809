using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteNeighbourTests(SqliteRequestDatabase database)
    : NeighbourRules(database), IClassFixture<SqliteRequestDatabase>;
