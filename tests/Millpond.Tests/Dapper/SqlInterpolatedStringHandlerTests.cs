using Dapper;
using Millpond.Dapper;
using Xunit;

namespace Millpond.Tests.Dapper;

public sealed class SqlInterpolatedStringHandlerTests
{
    [Fact]
    public void Holes_become_parameters_in_their_order()
    {
        var statement = Statement($"select * from users where id = {7} and name = {"ada'; drop table users; --"}");
        Assert.Equal("select * from users where id = @p0 and name = @p1", statement.Text);
        var parameters = Assert.IsType<DynamicParameters>(statement.Parameters);
        Assert.Equal(["p0", "p1"], parameters.ParameterNames);
        Assert.Equal((7, "ada'; drop table users; --"), (parameters.Get<int>("p0"), parameters.Get<string>("p1")));
    }

    [Fact]
    public void A_statement_without_holes_has_no_parameters()
    {
        var statement = Statement($"select 1");
        Assert.Equal(("select 1", null), (statement.Text, statement.Parameters));
    }

    [Fact]
    public void Raw_text_in_a_hole_stays_text()
    {
        var statement = Statement($"select * from users order by {Sql.Raw("name desc")} limit {5}");
        Assert.Equal("select * from users order by name desc limit @p0", statement.Text);
    }

    [Fact]
    public void A_null_is_a_parameter_too()
    {
        var statement = Statement($"update users set name = {(string?)null}");
        Assert.Null(Assert.IsType<DynamicParameters>(statement.Parameters).Get<string?>("p0"));
    }

    [Fact]
    public void A_hole_inside_quotes_names_or_comments_is_refused_because_it_would_be_text()
    {
        Refused(() => Statement($"select '{1}'"), "a string in quotes");
        Refused(() => Statement($"select 'it''s {1}'"), "a string in quotes");
        Refused(() => Statement($"select e'it\\'s {1}'"), "a string in quotes");
        Refused(() => Statement($"select * from \"{1}\""), "a quoted name");
        Refused(() => Statement($"select 1 -- {1}"), "a comment");
        Refused(() => Statement($"select 1 /* {1} */"), "a comment");
        Refused(() => Statement($"do $body$ begin {1} end $body$"), "a dollar-quoted string");
        Refused(() => Statement($"select {Sql.Raw("'")}{1}'"), "a string in quotes");
    }

    [Fact]
    public void A_hole_after_quotes_names_or_comments_is_a_parameter()
    {
        Assert.Equal("select 'it''s', @p0", Statement($"select 'it''s', {1}").Text);
        Assert.Equal("select 'a\\', @p0", Statement($"select 'a\\', {1}").Text);
        Assert.Equal("select \"a'b\", @p0", Statement($"select \"a'b\", {1}").Text);
        Assert.Equal("-- it's\nselect @p0", Statement($"-- it's\nselect {1}").Text);
        Assert.Equal("/* it's */ select @p0", Statement($"/* it's */ select {1}").Text);
        Assert.Equal("select $a$ it's $a$, @p0", Statement($"select $a$ it's $a$, {1}").Text);
        Assert.Equal("select $1, @p0, 'x'", Statement($"select $1, {1}, 'x'").Text);
        Assert.Equal("select array[@p0], 2 - @p1", Statement($"select array[{1}], 2 - {1}").Text);
    }

    [Fact]
    public void Raw_text_must_be_there()
    {
        Assert.Throws<ArgumentException>(() => Sql.Raw(""));
        Assert.Throws<InvalidOperationException>(() => Statement($"select {default(RawSql)}"));
    }

    private static SqlStatement Statement(SqlInterpolatedStringHandler sql) => sql.ToStatement();

    private static void Refused(Action statement, string place)
    {
        var error = Assert.Throws<InvalidOperationException>(statement);
        Assert.Contains($"stands inside {place}", error.Message, StringComparison.Ordinal);
    }
}
