using Millpond.Dapper;
using Millpond.Providers;
using Xunit;

#pragma warning disable MILLSEAM // whose SQL it is comes from the provider

namespace Millpond.Tests.Dapper;

public sealed class SqlInterpolatedStringHandlerTests
{
    [Fact]
    public void Interpolated_values_become_parameters_in_order()
    {
        var statement = Statement($"select * from users where id = {7} and name = {"ada'; drop table users; --"}");
        Assert.Equal("select * from users where id = @p0 and name = @p1", statement.Text);
        Assert.Equal([("p0", 7), ("p1", "ada'; drop table users; --")], Holes(statement));
    }

    [Fact]
    public void A_statement_without_interpolation_has_no_parameters()
    {
        var statement = Statement($"select 1");
        Assert.Equal(("select 1", null), (statement.Text, statement.Parameters));
    }

    [Fact]
    public void Interpolated_raw_text_stays_text()
    {
        var statement = Statement($"select * from users order by {Sql.Raw("name desc")} limit {5}");
        Assert.Equal("select * from users order by name desc limit @p0", statement.Text);
    }

    [Fact]
    public void A_null_becomes_a_parameter()
    {
        var statement = Statement($"update users set name = {(string?)null}");
        Assert.Equal([("p0", null)], Holes(statement));
    }

    [Fact]
    public void Equal_expressions_with_equal_values_share_one_parameter()
    {
        var (unit, other) = (60, 60);
        var statement = Statement($"select at / {unit} from t group by at / {unit} having count(*) > {other}");
        Assert.Equal("select at / @p0 from t group by at / @p0 having count(*) > @p1", statement.Text);
        var next = 0;
        Assert.Equal([("p0", 1), ("p1", 2)], Holes(Statement($"select {++next}, {++next}")));
    }

    [Fact]
    public void Parameter_names_of_lists_never_collide()
    {
        int[] ids = [1, 2];
        Assert.Equal("select @p0, @p1_, @p2", Statement($"select {1}, {ids}, {"a"}").Text);
    }

    [Fact]
    public void A_placeholder_does_not_merge_with_the_surrounding_text()
    {
        Assert.Equal("limit @p0 and", Statement($"limit{1}and").Text);
        Assert.Equal("@p0 @p1 (@p2)::int", Statement($"{1}{2}({3})::int").Text);
        Assert.Equal("@ @p0 ", Statement($"@{1} ").Text);
    }

    [Fact]
    public void A_placeholder_inside_quotes_names_or_comments_is_rejected()
    {
        Refused(() => Statement($"select '{1}'"), "a string in quotes");
        Refused(() => Statement($"select 'it''s {1}'"), "a string in quotes");
        Refused(() => Statement($"select e'it\\'s {1}'"), "a string in quotes");
        Refused(() => Statement($"select * from \"{1}\""), "a quoted name");
        Refused(() => Statement($"select 1 -- {1}"), "a comment");
        Refused(() => Statement($"select 1 /* {1} */"), "a comment");
        Refused(() => Statement($"do $body$ begin {1} end $body$"), "a dollar-quoted string");
        Refused(() => Statement($"select {0}, /* a /* b */ {1} */"), "a comment");
        Refused(() => Statement($"select [{1}]", SqlSyntax.Sqlite), "a quoted name");
        Refused(() => Statement($"select {Sql.Raw("'")}{1}'"), "a string in quotes");
    }

    [Fact]
    public void A_placeholder_after_quotes_names_or_comments_is_a_parameter()
    {
        Assert.Equal("select 'it''s', @p0", Statement($"select 'it''s', {1}").Text);
        Assert.Equal("select 'a\\', @p0", Statement($"select 'a\\', {1}").Text);
        Assert.Equal("select \"a'b\", @p0", Statement($"select \"a'b\", {1}").Text);
        Assert.Equal("-- it's\nselect @p0", Statement($"-- it's\nselect {1}").Text);
        Assert.Equal("/* it's */ select @p0", Statement($"/* it's */ select {1}").Text);
        Assert.Equal("select $a$ it's $a$, @p0", Statement($"select $a$ it's $a$, {1}").Text);
        Assert.Equal("select $1, @p0, 'x'", Statement($"select $1, {1}, 'x'").Text);
        Assert.Equal("select array[@p0], 2 - @p1", Statement($"select array[{1}], 2 - {3}").Text);
        Assert.Equal("select a$b$c, @p0", Statement($"select a$b$c, {1}").Text);
        Assert.Equal("/* a /* b */ select @p0", Statement($"/* a /* b */ select {1}", SqlSyntax.Sqlite).Text);
        Assert.Equal("select e'\\', @p0", Statement($"select e'\\', {1}", SqlSyntax.Sqlite).Text);
    }

    [Fact]
    public void Raw_text_must_not_be_null()
    {
        Assert.Throws<ArgumentException>(() => Sql.Raw(""));
        Assert.Throws<InvalidOperationException>(() => Statement($"select {default(RawSql)}"));
    }

    private static SqlStatement Statement(SqlInterpolatedStringHandler sql, SqlSyntax syntax = SqlSyntax.PostgreSql)
    {
        var statement = sql.ToStatement();
        (statement.Parameters as SqlHoles)?.ThrowIfInsideText(statement.Text, syntax);
        return statement;
    }

    private static List<(string, object?)> Holes(SqlStatement statement) =>
        [.. Assert.IsType<SqlHoles>(statement.Parameters).All.Select(static hole => (hole.Name, hole.Value))];

    private static void Refused(Action statement, string place)
    {
        var error = Assert.Throws<InvalidOperationException>(statement);
        Assert.Contains($"is inside {place}", error.Message, StringComparison.Ordinal);
    }
}
