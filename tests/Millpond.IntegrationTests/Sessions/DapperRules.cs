using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>Millpond.Dapper on every database.</summary>
public abstract class DapperRules : SessionTestBase
{
    [Fact]
    public async Task Every_method_uses_interpolated_values_as_parameters()
    {
        await Engine.RunAsync(FillAsync, cancellationToken: Token);
        await Engine.RunAsync(
            async (session, token) =>
            {
                Assert.Equal(
                    [new User(1, "ada"), new User(3, "it's")],
                    await session.QueryAsync<User>($"select id, name from users where id <> {2} order by id", token));
                Assert.Equal("ada", await session.QuerySingleAsync<string>($"select name from users where id = {1}", token));
                Assert.Null(await session.QuerySingleOrDefaultAsync<string>($"select name from users where id = {9}", token));
                Assert.Equal(3, await session.QueryFirstAsync<int>($"select id from users order by id desc", token));
                Assert.Null(await session.QueryFirstOrDefaultAsync<User>($"select id, name from users where id = {9}", token));
                Assert.Equal(3, await session.ExecuteScalarAsync<long>($"select count(*) from users", token));
                Assert.Equal(1, await session.ExecuteScalarAsync<int>($"select id from users where name = {"ada"}", token));
                await Assert.ThrowsAsync<InvalidOperationException>(
                    () => session.QuerySingleAsync<string>($"select name from users", token));
                Assert.Equal(
                    ["bob"],
                    await session.QueryAsync<string>(Sql.Raw("select name from users where id = @id"), new { id = 2 }, token));
            },
            new DbSessionOptions { Access = SessionAccess.ReadOnly },
            Token);
    }

    [Fact]
    public async Task A_stream_reads_row_by_row_and_can_be_abandoned()
    {
        await Engine.RunAsync(FillAsync, cancellationToken: Token);
        await Engine.RunAsync(
            async (session, token) =>
            {
                List<string> names = [];
                await foreach (var name in session.StreamAsync<string>($"select name from users order by id", token))
                {
                    names.Add(name);
                    if (names.Count == 2)
                    {
                        break;
                    }
                }

                Assert.Equal(["ada", "bob"], names);
                Assert.Equal(1, await session.ExecuteAsync($"delete from users where id = {3}", token));
            },
            cancellationToken: Token);
        Assert.Equal(2, await CountUsersAsync());
    }

    [Fact]
    public async Task A_cancelled_stream_ends_with_the_callers_token()
    {
        await Engine.RunAsync(FillAsync, cancellationToken: Token);
        using var patience = new CancellationTokenSource();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Engine.RunAsync(
            async (session, token) =>
            {
                var names = session.StreamAsync<string>($"select name from users order by id", CancellationToken.None);
                await foreach (var _ in names.WithCancellation(token))
                {
                    await patience.CancelAsync();
                }
            },
            cancellationToken: patience.Token));
        Assert.Equal(patience.Token, error.CancellationToken);
        await AssertNothingHeldAsync(Engine);
    }

    private static async Task FillAsync(DbSession session, CancellationToken token)
    {
        foreach (var (id, name) in (User[])[new(1, "ada"), new(2, "bob"), new(3, "it's")])
        {
            Assert.Equal(1, await session.ExecuteAsync($"insert into users (id, name) values ({id}, {name})", token));
        }
    }

    private sealed record User(int Id, string Name)
    {
        // SQLite's integers are long; Dapper finds a constructor by the columns' own types.
        public User(long id, string name)
            : this((int)id, name)
        {
        }
    }
}
