using Millpond.IntegrationTests.Sessions;

namespace Millpond.IntegrationTests.Contexts;

public sealed class SqliteContextTests : ContextRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();
}
