using System.Globalization;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>What becomes of the holes of an interpolated statement, on every database.</summary>
public abstract class DapperHoleRules : SessionTestBase
{
    /// <summary>Gets the text around a list in a hole.</summary>
    protected abstract (string Before, string After) InList { get; }

    [Theory]
    [InlineData(null, 3)]
    [InlineData("ada", 1)]
    public async Task F02_A_null_keeps_the_type_of_its_expression(string? name, int count)
    {
        await using var session = await FilledAsync();
        int? id = name is null ? null : 1;
        Assert.Equal(count, await session.ExecuteScalarAsync<int>(
            $"select count(*) from users where ({name} is null or name = {name}) and ({id} is null or id = {id})", Token));
    }

    [Fact]
    public async Task F02_Parameter_names_never_collide()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(
            session,
            "insert into users (id) with recursive n (i) as (select 1 union all select i + 1 from n where i < 400) " +
            "select i from n",
            Token);
        for (var holes = 1; holes <= 24; holes++)
        {
            HashSet<long> wanted = [];
            var sql = new SqlInterpolatedStringHandler(0, holes);
            sql.AppendLiteral("select id from users where false");
            for (var hole = 0; hole < holes; hole++)
            {
                int[] values = [.. Enumerable.Range((hole * 13) + 1, 1 + (hole * 5 % 12))];
                if (hole % 3 == 1)
                {
                    sql.AppendLiteral(InList.Before);
                    sql.AppendFormatted(values, $"list {hole}");
                    sql.AppendLiteral(InList.After);
                    wanted.UnionWith(values.Select(static value => (long)value));
                }
                else
                {
                    sql.AppendLiteral(" or id = ");
                    sql.AppendFormatted(values[0], $"value {hole}");
                    wanted.Add(values[0]);
                }
            }

            Assert.Equal(wanted.Order(), (await session.QueryAsync<long>(sql, Token)).Order());
        }
    }

    [Fact]
    public async Task F02_Equal_expressions_share_one_parameter_so_that_GROUP_BY_works()
    {
        await using var session = await FilledAsync();
        var size = 2;
        Assert.Equal(
            [(0, 1), (1, 2)],
            await session.QueryAsync<(int, int)>(
                $"select id / {size}, count(*) from users group by id / {size} order by id / {size}", Token));
    }

    [Fact]
    public async Task S20_A_text_of_one_word_is_not_a_procedure()
    {
        await using var session = await FilledAsync();
        await session.ExecuteAsync($"analyze", Token);
        await session.ExecuteAsync(Sql.Raw("analyze"), cancellationToken: Token);
        await foreach (var _ in session.StreamAsync<int>($"analyze", Token))
        {
            Assert.Fail("It has no rows.");
        }

        await session.CommitAsync(Token);
        Assert.Equal(3, await CountUsersAsync());
    }

    [Fact]
    public async Task F02_A_row_that_does_not_fit_the_type_is_an_error_and_not_a_default()
    {
        await using var session = await FilledAsync();
        await Assert.ThrowsAnyAsync<Exception>(
            () => session.QuerySingleAsync<Nothing>($"select name from users where id = 1", Token));
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => session.QueryAsync<Nothing>($"select id, name from users", Token));
        Assert.StartsWith("None of the 2 columns matches a member of", error.Message, StringComparison.Ordinal);
        Assert.Equal(
            "ada",
            (await session.QuerySingleAsync<Named>($"select name, 1 as other from users where id = 1", Token)).Name);
    }

    [Fact]
    public async Task F02_All_single_row_methods_count_object_rows_and_value_rows_alike()
    {
        await using var session = await FilledAsync();
        Assert.Equal("ada", (await session.QueryFirstAsync<Named>($"select name from users order by id", Token)).Name);
        Assert.Null(await session.QueryFirstOrDefaultAsync<Named>($"select name from users where id = 9", Token));
        Assert.Null(await session.QuerySingleOrDefaultAsync<Named>($"select name from users where id = 9", Token));
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => session.QueryFirstAsync<Named>($"select name from users where id = 9", Token));
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => session.QuerySingleOrDefaultAsync<Named>($"select name from users", Token));
        Assert.Empty(await session.QueryAsync<Named>($"delete from users where id = 9", Token));
        List<string?> names = [];
        await foreach (var row in session.StreamAsync<Named>($"select name from users order by id", Token))
        {
            names.Add(row.Name);
        }

        Assert.Equal(["ada", "bob", "cleo"], names);
    }

    [Fact]
    public async Task F02_Dappers_type_handlers_apply_to_interpolated_values()
    {
        global::Dapper.SqlMapper.AddTypeHandler(new CodeHandler());
        await using var session = await FilledAsync();
        Assert.Equal("bob", await session.QuerySingleAsync<string>($"select name from users where id = {new Code(2)}", Token));
        Assert.Equal("cleo", await session.QuerySingleAsync<string>($"select name from users where id = {Rank.Third}", Token));
    }

    protected async Task<DbSession> FilledAsync()
    {
        var session = Engine.OpenSession();
        await ExecuteAsync(session, "insert into users values (1, 'ada'), (2, 'bob'), (3, 'cleo')", Token);
        return session;
    }

    private enum Rank
    {
        First = 1,
        Second,
        Third,
    }

    private sealed record Code(int Number);

    private sealed class CodeHandler : global::Dapper.SqlMapper.TypeHandler<Code>
    {
        public override void SetValue(System.Data.IDbDataParameter parameter, Code? value) => parameter.Value = value?.Number;

        public override Code Parse(object value) => new(Convert.ToInt32(value, CultureInfo.InvariantCulture));
    }

    private sealed class Nothing
    {
        public int Other { get; set; }
    }

    private sealed class Named
    {
        public string? Name { get; set; }
    }
}
