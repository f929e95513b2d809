using System.Data;
using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

public sealed class SqliteAdoNetTests : AdoNetRules
{
    protected override string Positional => "select ?1 - ?2";

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();

    [Fact]
    public async Task F04_The_driver_has_few_schema_collections_and_no_procedures()
    {
        await using var session = Engine.OpenSession();
        Assert.NotEmpty((await session.Connection.GetSchemaAsync("ReservedWords", Token)).Rows);
        await Assert.ThrowsAsync<ArgumentException>(() => session.Connection.GetSchemaAsync("Tables", Token));
        await using var command = session.Connection.CreateCommand();
        Assert.Throws<ArgumentException>(() => command.CommandType = CommandType.StoredProcedure);
    }

    [Fact]
    public async Task S10_A_command_may_run_beside_an_open_reader_as_with_the_driver()
    {
        await CreatePeopleAsync();
        await using var session = Engine.OpenSession();
        await using var reader = await ReaderAsync(session, "select 1 union all select 2", Token);
        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal(1, await ScalarAsync<int>(session, "select count(*) from people", Token));
        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal(2, reader.GetInt32(0));
    }

    [Fact]
    public async Task S15_OpenSession_begins_as_a_writer_by_default()
    {
        await using (var session = Engine.OpenSession())
        {
            Assert.Equal(0, await ScalarAsync<int>(session, "select count(*) from users", Token));
            Assert.True(Engine.GetSnapshot().IsWriting);
        }

        await using var reading = Engine.OpenSession(new DbSessionOptions { Access = SessionAccess.ReadOnly });
        Assert.Equal(0, await ScalarAsync<int>(reading, "select count(*) from users", Token));
        Assert.False(Engine.GetSnapshot().IsWriting);
    }
}
