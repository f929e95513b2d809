using Millpond.IntegrationTests.Sessions;

namespace Millpond.IntegrationTests.Contexts;

public sealed class SqliteSetUpTests : SetUpRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();
}
