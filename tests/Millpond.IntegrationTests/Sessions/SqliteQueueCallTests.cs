namespace Millpond.IntegrationTests.Sessions;

public sealed class SqliteQueueCallTests : QueueCallRules
{
    protected override Task<TestDatabase> CreateDatabaseAsync() => TestDatabase.SqliteAsync();
}
