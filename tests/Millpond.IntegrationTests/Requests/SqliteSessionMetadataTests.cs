using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteSessionMetadataTests(SqliteRequestDatabase database)
    : SessionMetadataRules(database), IClassFixture<SqliteRequestDatabase>;
