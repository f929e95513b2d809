namespace Millpond.IntegrationTests.Sessions;

public sealed class SqliteQueueCallTests : QueueCallRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();
}
