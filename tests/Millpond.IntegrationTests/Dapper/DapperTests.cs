using Dapper;
using Microsoft.Data.Sqlite;
using Millpond.Dapper;
using Millpond.IntegrationTests.Sqlite;
using Millpond.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Dapper;

public sealed class DapperTests : SqliteTestBase
{
    [Fact]
    public async Task Every_method_maps_its_rows_and_takes_values_as_parameters()
    {
        var evil = "x'; drop table users; --";
        await Engine.RunAsync(
            async (session, token) =>
            {
                Assert.Equal(1, await session.ExecuteAsync($"insert into users values ({1}, {"ada"})", token));
                Assert.Equal(1, await session.ExecuteAsync($"insert into users values ({2}, {evil})", token));
                var raw = Sql.Raw("insert into users values (@Id, @Name)");
                Assert.Equal(1, await session.ExecuteAsync(raw, new User(3, "cleo"), token));
                var all = await session.QueryAsync<User>($"select id, name from users order by id", token);
                Assert.Equal([new User(1, "ada"), new User(2, evil), new User(3, "cleo")], all);
                var bob = await session.QuerySingleAsync<User>($"select id, name from users where name = {evil}", token);
                Assert.Equal(all[1], bob);
                Assert.Null(await session.QuerySingleOrDefaultAsync<User>($"select id, name from users where id = {9}", token));
                Assert.Equal(all[0], await session.QueryFirstAsync<User>($"select id, name from users order by id", token));
                Assert.Null(await session.QueryFirstOrDefaultAsync<User>($"select id, name from users where id = {9}", token));
                Assert.Equal(3, await session.ExecuteScalarAsync<long>($"select count(*) from {Sql.Raw("users")}", token));
                Assert.Null(await session.ExecuteScalarAsync<long?>($"select max(id) from users where id = {9}", token));
                await Assert.ThrowsAsync<InvalidOperationException>(
                    () => session.QuerySingleAsync<User>($"select id, name from users", token));
            },
            cancellationToken: Token);
        Assert.Equal(3, await CountUsersAsync());
    }

    [Fact]
    public async Task The_overloads_for_raw_SQL_do_the_same()
    {
        await using var session = Engine.OpenSession();
        await session.ExecuteAsync(Sql.Raw("insert into users values (1, 'ada'), (2, 'bob')"), cancellationToken: Token);
        var one = Sql.Raw("select id, name from users where id = @id");
        var of = new { id = 2 };
        var bob = new User(2, "bob");
        Assert.Equal([bob], await session.QueryAsync<User>(one, of, Token));
        Assert.Equal(bob, await session.QuerySingleAsync<User>(one, of, Token));
        Assert.Equal(bob, await session.QuerySingleOrDefaultAsync<User>(one, of, Token));
        Assert.Equal(bob, await session.QueryFirstAsync<User>(one, of, Token));
        Assert.Equal(bob, await session.QueryFirstOrDefaultAsync<User>(one, of, Token));
        Assert.Equal(2, await session.ExecuteScalarAsync<int>(one, of, Token));
        Assert.Equal([bob], await session.StreamAsync<User>(one, of, Token).ToListAsync(Token));
    }

    [Fact]
    public async Task A_collection_in_a_hole_expands()
    {
        await using var session = Engine.OpenSession();
        await session.ExecuteAsync($"insert into users values (1, 'ada'), (2, 'bob'), (3, 'cleo')", Token);
        int[] ids = [1, 3];
        var names = await session.QueryAsync<string>($"select name from users where id in {ids} and id < {9} order by id", Token);
        Assert.Equal(["ada", "cleo"], names);
        Assert.Empty(await session.QueryAsync<string>($"select name from users where id in {Array.Empty<int>()}", Token));
    }

    [Fact]
    public async Task A_stream_reads_as_it_goes_and_its_token_interrupts_it()
    {
        await using var session = Engine.OpenSession(ReadOnly);
        using var patience = new CancellationTokenSource();
        const int Enough = 1_000;
        var seen = 0L;
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            var rows = session.StreamAsync<long>(
                $"with recursive c (i) as (select {1} union all select i + 1 from c) select i from c", CancellationToken.None);
            await foreach (var row in rows.WithCancellation(patience.Token))
            {
                seen = row;
                if (row == Enough)
                {
                    await patience.CancelAsync();
                }
            }
        });
        Assert.Equal((patience.Token, Enough), (error.CancellationToken, seen));
        Assert.Equal(1, await session.ExecuteScalarAsync<int>($"select {1}", Token));
    }

    [Fact]
    public async Task A_token_interrupts_a_query()
    {
        await using var session = Engine.OpenSession(ReadOnly);
        using var patience = new CancellationTokenSource(200);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => session.ExecuteScalarAsync<long>(Sql.Raw(EndlessQuery), cancellationToken: patience.Token));
    }

    [Fact]
    public async Task An_error_is_the_databases_own()
    {
        await using var session = Engine.OpenSession();
        var error = await Assert.ThrowsAsync<SqliteException>(
            () => session.ExecuteAsync($"insert into users values ({"x"}, {1}, {2})", Token));
        Assert.DoesNotContain("Millpond", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task F03_Dapper_itself_works_on_the_sessions_connection()
    {
        await using var session = Engine.OpenSession();
        var connection = session.Connection;
        Assert.Equal(3, await connection.ExecuteAsync(
            "insert into users values (@Id, @Name)", new[] { new User(1, "ada"), new User(2, "bob"), new User(3, "cleo") }));
        await using (var several = await connection.QueryMultipleAsync(
            "select count(*) from users; select id, name from users where id in @ids order by id",
            new { ids = new List<int> { 2, 3 } }))
        {
            Assert.Equal(3, await several.ReadSingleAsync<int>());
            Assert.Equal([new User(2, "bob"), new User(3, "cleo")], (await several.ReadAsync<User>()).ToList());
        }

        Assert.Equal(
            [1, 2, 3], await connection.QueryUnbufferedAsync<long>("select id from users order by id").ToListAsync(Token));
        await using (var transaction = await connection.BeginTransactionAsync(Token))
        {
            await connection.ExecuteAsync("delete from users", transaction: transaction);
        }

        Assert.Equal(3, await connection.ExecuteScalarAsync<int>("select count(*) from users"));
        Assert.Throws<SynchronousCallException>(() => connection.Query<int>("select 1"));
        await session.CommitAsync(Token);
        Assert.Equal(3, await CountUsersAsync());
    }

    private sealed record User(long Id, string Name);
}
