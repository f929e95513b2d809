namespace Millpond.IntegrationTests.Sessions;

public sealed class SqliteHookTests : HookRules
{
    protected override Task<TestDatabase> CreateDatabaseAsync() => TestDatabase.SqliteAsync();
}
