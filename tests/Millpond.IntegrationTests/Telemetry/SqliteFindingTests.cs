using Millpond.IntegrationTests.Sessions;

namespace Millpond.IntegrationTests.Telemetry;

public sealed class SqliteFindingTests : FindingRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();
}
