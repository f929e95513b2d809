using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Hosts;

public sealed class SqliteGrpcTests(SqliteRequestDatabase database)
    : GrpcRules(database), IClassFixture<SqliteRequestDatabase>;
