using Millpond.Providers;
using Xunit;

#pragma warning disable MILLSEAM // the seam is what is tested

namespace Millpond.Tests.Providers;

public sealed class SqlTokensTests
{
    [Theory]
    [InlineData("select 1", "select")]
    [InlineData("  \r\n\t select 1 ; ", "select")]
    [InlineData("select 1;;; commit", "select|commit")]
    [InlineData("-- commit;\nselect 1", "select")]
    [InlineData("select ';commit;' ; end", "select|end")]
    [InlineData("select 'it''s; commit'; begin", "select|begin")]
    [InlineData("select 'a' like'\\'; commit", "select|commit")]
    [InlineData("select \"a;b\"; begin", "select|begin")]
    [InlineData("create table t (a int); commit", "create|commit")]
    [InlineData("(select 1); commit", "(|commit")]
    [InlineData("create table shifts (begin int, \"end\" int); commit", "create|commit")]
    [InlineData("", "")]
    [InlineData("-- nothing", "")]
    [InlineData("/* never closed; commit", "")]
    [InlineData("select 'never closed; commit", "select")]
    public void Each_statement_is_found_with_its_first_token(string text, string words)
    {
        Assert.Equal(Split(words), Words(text, SqlSyntax.PostgreSql));
        Assert.Equal(Split(words), Words(text, SqlSyntax.Sqlite));
    }

    [Theory]
    [InlineData("/* commit; /* nested */ rollback; */ select 1", "select")]
    [InlineData("select e'it\\'s; commit'; begin", "select|begin")]
    [InlineData("select e'a'\n -- remark\n '\\'; commit'; begin", "select|begin")]
    [InlineData("select e'a' '\\'; commit", "select|commit")]
    [InlineData("do $body$ begin; commit; end $body$; abort", "do|abort")]
    [InlineData("select $1; commit", "select|commit")]
    [InlineData("select a$b$c; commit; select $b$", "select|commit|select")]
    [InlineData("select \u00a0$b$; commit; select 1", "select|commit|select")]
    [InlineData("select 1;\u00a0commit", "select|commit")]
    [InlineData("create function f() returns int begin atomic select 1; select 2; end; select 3", "create|select")]
    [InlineData("create function begin() returns int begin atomic select case when a then 1 end; end; commit", "create|commit")]
    [InlineData("create or replace procedure p() begin atomic end; commit", "create|commit")]
    [InlineData("create rule r as on insert to t do also (select 1; notify x); commit", "create|commit")]
    [InlineData("create trigger begin after insert on t execute function f(); commit", "create|commit")]
    [InlineData("select date'\\'; commit", "select|commit")]
    [InlineData("-- a remark\rcommit", "commit")]
    [InlineData("select array['a]', 'b']; commit", "select|commit")]
    public void PostgreSQL_statements_are_split_like_the_server_and_the_driver_do(string text, string words) =>
        Assert.Equal(Split(words), Words(text, SqlSyntax.PostgreSql));

    [Theory]
    [InlineData("\uFEFFselect 1", "select")]
    [InlineData("/* a /* b */ commit; */", "commit|*")]
    [InlineData("select `c;d`, [e;f]; begin", "select|begin")]
    [InlineData("select e'\\'; commit", "select|commit")]
    [InlineData("select $a$; commit; select $a$", "select|commit|select")]
    [InlineData("select $a::b(;commit;); end", "select|end")]
    [InlineData("select :a(; commit", "select")]
    [InlineData("-- a remark\rcommit", "")]
    [InlineData("create trigger t after insert on u begin update u set a = case when 1 then 2 end; end; commit", "create|commit")]
    [InlineData("create temp trigger t after insert on u begin select 1; end; commit", "create|commit")]
    [InlineData("create trigger begin after insert on u begin select 1; end; commit", "create|commit")]
    [InlineData("create trigger t after insert on u begin select 1 end; end -- remark\n; commit", "create|commit")]
    [InlineData("explain query plan create trigger t after insert on u begin select 1; end; commit", "explain|commit")]
    public void SQLite_statements_are_split_like_SQLite_does(string text, string words) =>
        Assert.Equal(Split(words), Words(text, SqlSyntax.Sqlite));

    [Theory]
    [InlineData(SqlSyntax.PostgreSql, "a.b, 12e3 \"N \"\"m\" E'\\'' $$ x $$ $1 @p0 ::t /* c */ -- d",
        "Word a,Sign .,Word b,Sign ,,Number 12e3,QuotedName \"N \"\"m\",QuotedString E'\\'',DollarQuotedString $$ x $$," +
        "Parameter $1,Parameter @p0,Sign :,Sign :,Word t,Comment /* c */,Comment -- d")]
    [InlineData(SqlSyntax.Sqlite, "[a]]b] x'ab' ?1 @p0 $v 1$a",
        "QuotedName [a],Sign ],Word b,Sign ],Word x,QuotedString 'ab',Parameter ?1,Parameter @p0,Parameter $v,Number 1$a")]
    public void Each_token_has_its_kind(SqlSyntax syntax, string text, string tokens)
    {
        List<string> found = [];
        var sql = new SqlTokens(text, syntax);
        while (sql.Read())
        {
            found.Add($"{sql.Kind} {sql.Text}");
        }

        Assert.Equal(tokens, string.Join(',', found));
    }

    [Theory]
    [InlineData("abc", "abc")]
    [InlineData("\"a \"\"b\"\"\"", "a \"b\"")]
    [InlineData("[a b]", "a b")]
    [InlineData("'it''s'", "it's")]
    [InlineData("12", "")]
    public void A_name_is_read_without_quotes(string text, string name)
    {
        var sql = new SqlTokens(text, SqlSyntax.Sqlite);
        Assert.True(sql.NextStatement());
        Assert.Equal(name, sql.Name);
    }

    private static string[] Split(string words) => words.Length == 0 ? [] : words.Split('|');

    private static List<string> Words(string text, SqlSyntax syntax)
    {
        List<string> words = [];
        var sql = new SqlTokens(text, syntax);
        while (sql.NextStatement())
        {
            words.Add(sql.Text.ToString());
        }

        return words;
    }
}
