using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlTransferRetryTests(PostgreSqlRequestDatabase database)
    : TransferRetryRules(database), IClassFixture<PostgreSqlRequestDatabase>;
