using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Hosts;

public sealed class SqliteWorkerTests(SqliteRequestDatabase database)
    : WorkerRules(database), IClassFixture<SqliteRequestDatabase>;
