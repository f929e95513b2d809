using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Adoption;

public sealed class SqliteLegacyRoutingTests(SqliteRequestDatabase database)
    : LegacyRoutingRules(database), IClassFixture<SqliteRequestDatabase>;
