using Xunit;

namespace Millpond.IntegrationTests.Sessions;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlQueueCallTests : QueueCallRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();
}
