using Xunit;

namespace Millpond.IntegrationTests.Sessions;

[Trait("Needs", "PostgreSQL")]
public class PostgreSqlDapperTests : DapperRules
{
    private static readonly int[] OneAndThree = [1, 3];

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();

    [Fact]
    public async Task F03_An_interpolated_array_works_with_ANY()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(session, "insert into users values (1, 'ada'), (2, 'bob'), (3, 'cleo')", Token);
        Assert.Equal(
            ["ada", "cleo"],
            await session.QueryAsync<string>($"select name from users where id = any({OneAndThree}) order by id", Token));
    }
}
