using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>A session's connection on SQLite for ADO.NET and Dapper.</summary>
public sealed class SqliteFacadeTests : FacadeRules
{
    protected override string Driver => "Sqlite";

    protected override Task<TestDatabase> CreateDatabaseAsync() => TestDatabase.SqliteAsync();

    [Fact]
    public async Task F04_There_are_no_batches_as_the_driver_has_none()
    {
        await using var session = Engine.OpenSession();
        Assert.False(session.Connection.CanCreateBatch);
    }
}
