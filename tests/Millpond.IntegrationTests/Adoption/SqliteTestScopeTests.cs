using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Adoption;

public sealed class SqliteTestScopeTests(SqliteRequestDatabase database)
    : TestScopeRules(database), IClassFixture<SqliteRequestDatabase>;
