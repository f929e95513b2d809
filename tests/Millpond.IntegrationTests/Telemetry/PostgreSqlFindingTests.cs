using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Telemetry;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlFindingTests : FindingRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();
}
