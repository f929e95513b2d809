namespace Millpond.IntegrationTests.Sessions;

public sealed class SqliteDapperTests : DapperRules
{
    protected override Task<TestDatabase> CreateDatabaseAsync() => TestDatabase.SqliteAsync();
}
