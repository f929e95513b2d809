using System.Data;
using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

public sealed class SqliteAdoNetTests : AdoNetRules
{
    protected override string Positional => "select ?1 - ?2";

    protected override Task<TestDatabase> CreateDatabaseAsync() => TestDatabase.SqliteAsync();

    [Fact]
    public async Task F04_The_driver_knows_few_schema_collections_and_no_procedures()
    {
        await using var session = Engine.OpenSession();
        Assert.NotEmpty((await session.Connection.GetSchemaAsync("ReservedWords", Token)).Rows);
        await Assert.ThrowsAsync<ArgumentException>(() => session.Connection.GetSchemaAsync("Tables", Token));
        await using var command = session.Connection.CreateCommand();
        Assert.Throws<ArgumentException>(() => command.CommandType = CommandType.StoredProcedure);
    }
}
