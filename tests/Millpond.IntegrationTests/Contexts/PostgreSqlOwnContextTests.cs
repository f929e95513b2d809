using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlOwnContextTests : OwnContextRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();
}
