using Xunit;

namespace Millpond.IntegrationTests.Sessions;

[Trait("Needs", "PostgreSQL")]
public class PostgreSqlHookTests : HookRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();
}
