using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteProblemTests(SqliteRequestDatabase database)
    : ProblemRules(database), IClassFixture<SqliteRequestDatabase>;
