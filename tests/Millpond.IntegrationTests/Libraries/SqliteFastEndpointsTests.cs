using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

public sealed class SqliteFastEndpointsTests(SqliteRequestDatabase database)
    : FastEndpointsRules(database), IClassFixture<SqliteRequestDatabase>;
