using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>A session's connection on SQLite for ADO.NET and Dapper.</summary>
public sealed class SqliteFacadeTests : FacadeRules
{
    protected override string Driver => "Sqlite";

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();

    [Fact]
    public async Task F04_Batches_are_not_supported_as_in_the_driver()
    {
        await using var session = Engine.OpenSession();
        Assert.False(session.Connection.CanCreateBatch);
    }

    [Fact]
    public async Task S13_A_readers_schema_needs_the_database_and_is_rejected_for_synchronous_callers()
    {
        await using var session = Engine.OpenSession();
        await using var reader = await ReaderAsync(session, "select id, name from users", Token);
        Assert.Throws<SynchronousCallException>(() => reader.GetSchemaTable());
        Assert.Equal(2, (await reader.GetSchemaTableAsync(Token))!.Rows.Count);
    }
}
