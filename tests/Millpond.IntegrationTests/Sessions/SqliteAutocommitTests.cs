namespace Millpond.IntegrationTests.Sessions;

public sealed class SqliteAutocommitTests : AutocommitRules
{
    protected override Task<TestDatabase> CreateDatabaseAsync() => TestDatabase.SqliteAsync();
}
