namespace Millpond.IntegrationTests.Sessions;

public sealed class SqliteHookTests : HookRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();
}
