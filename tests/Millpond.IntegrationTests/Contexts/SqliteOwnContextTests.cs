using Millpond.IntegrationTests.Sessions;

namespace Millpond.IntegrationTests.Contexts;

public sealed class SqliteOwnContextTests : OwnContextRules
{
    protected override Task<TestDatabase> CreateDatabaseAsync() => TestDatabase.SqliteAsync();
}
