using Millpond.IntegrationTests.Sessions;

namespace Millpond.IntegrationTests.Libraries;

public sealed class SqliteLinqToDbContextTests : LinqToDbContextRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();

    protected override void NameVersion()
    {
    }
}
