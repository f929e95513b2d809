using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

public sealed class SqliteIdentityTests(SqliteRequestDatabase database)
    : IdentityRules(database), IClassFixture<SqliteRequestDatabase>;
