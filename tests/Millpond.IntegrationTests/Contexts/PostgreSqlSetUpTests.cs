using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlSetUpTests : SetUpRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.PostgreSqlAsync();
}
