namespace Millpond.IntegrationTests.Sessions;

public sealed class SqliteAutocommitTests : AutocommitRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();
}
