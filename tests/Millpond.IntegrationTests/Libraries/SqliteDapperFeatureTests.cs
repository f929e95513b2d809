using Dapper;
using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

public sealed class SqliteDapperFeatureTests : DapperFeatureRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();

    [Fact]
    public async Task F03_A_list_is_expanded_for_IN()
    {
        await CreatePeopleAsync();
        await using var session = Engine.OpenSession();
        const string query = "select name from people where id in @ids";
        Assert.Equal(["ada"], await session.Connection.QueryAsync<string>(query, new { ids = new[] { 1, 2 } }));
    }
}
