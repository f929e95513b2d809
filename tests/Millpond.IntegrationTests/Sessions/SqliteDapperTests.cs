using Xunit;

namespace Millpond.IntegrationTests.Sessions;

public sealed class SqliteDapperTests : DapperRules
{
    private static readonly int[] OneAndThree = [1, 3];

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();

    [Fact]
    public async Task An_interpolated_collection_is_expanded_for_IN()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(session, "insert into users values (1, 'ada'), (2, 'bob'), (3, 'cleo')", Token);
        Assert.Equal(
            ["ada", "cleo"],
            await session.QueryAsync<string>($"select name from users where id in {OneAndThree} order by id", Token));
    }
}
