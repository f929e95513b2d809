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

    [Fact]
    public async Task S13_The_schema_of_a_reader_is_read_from_the_database_and_so_refused_to_a_synchronous_caller()
    {
        await using var session = Engine.OpenSession();
        await using var reader = await ReaderAsync(session, "select id, name from users", Token);
        Assert.Throws<SynchronousCallException>(() => reader.GetSchemaTable());
        Assert.Equal(2, (await reader.GetSchemaTableAsync(Token))!.Rows.Count);
    }
}
