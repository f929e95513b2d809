using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteTransferRetryTests(SqliteRequestDatabase database)
    : TransferRetryRules(database), IClassFixture<SqliteRequestDatabase>;
