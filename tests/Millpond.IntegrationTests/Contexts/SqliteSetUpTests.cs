using Millpond.IntegrationTests.Sessions;

namespace Millpond.IntegrationTests.Contexts;

public sealed class SqliteSetUpTests : SetUpRules
{
    protected override Task<TestDatabase> CreateDatabaseAsync() => TestDatabase.SqliteAsync();
}
