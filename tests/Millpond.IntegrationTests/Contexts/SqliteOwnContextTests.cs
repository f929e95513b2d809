using Millpond.IntegrationTests.Sessions;

namespace Millpond.IntegrationTests.Contexts;

public sealed class SqliteOwnContextTests : OwnContextRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();
}
