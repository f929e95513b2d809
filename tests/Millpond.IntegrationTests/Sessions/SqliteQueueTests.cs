using Microsoft.Data.Sqlite;

namespace Millpond.IntegrationTests.Sessions;

public sealed class SqliteQueueTests : QueueRules
{
    protected override Type DriverError => typeof(SqliteException);

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();
}
