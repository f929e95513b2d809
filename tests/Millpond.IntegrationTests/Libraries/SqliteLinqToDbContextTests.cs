using Millpond.IntegrationTests.Sessions;

namespace Millpond.IntegrationTests.Libraries;

public sealed class SqliteLinqToDbContextTests : LinqToDbContextRules
{
    protected override Task<TestDatabase> CreateDatabaseAsync() => TestDatabase.SqliteAsync();

    protected override void NameVersion()
    {
    }
}
