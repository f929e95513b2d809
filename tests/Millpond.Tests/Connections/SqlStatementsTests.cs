using Millpond.Connections;
using Xunit;

#pragma warning disable MILLSEAM // the seam is what is tested

namespace Millpond.Tests.Connections;

public sealed class SqlStatementsTests
{
    [Theory]
    [InlineData("select 1", "select")]
    [InlineData("  \r\n\t select 1 ; ", "select")]
    [InlineData("\uFEFFselect 1", "select")]
    [InlineData("select 1;;; commit", "select|commit")]
    [InlineData("-- commit;\nselect 1", "select")]
    [InlineData("/* commit; /* nested */ rollback; */ select 1", "select")]
    [InlineData("select ';commit;' ; end", "select|end")]
    [InlineData("select 'it''s; commit'; begin", "select|begin")]
    [InlineData("select e'it\\'s; commit'; begin", "select|begin")]
    [InlineData("select 'a' like'\\'; commit", "select|commit")]
    [InlineData("select \"a;b\", `c;d`, [e;f]; begin", "select|begin")]
    [InlineData("do $body$ begin; commit; end $body$; abort", "do|abort")]
    [InlineData("select $1; commit", "select|commit")]
    [InlineData("create trigger t after insert on u begin update u set a = case when 1 then 2 end; end; commit", "create|commit")]
    [InlineData("create function f() returns int begin atomic select 1; select 2; end; select 3", "create|select")]
    [InlineData("create table t (a int); commit", "create|commit")]
    [InlineData("(select 1); commit", "|commit")]
    [InlineData("select date'\\'; commit", "select|commit")]
    [InlineData("-- a remark\rcommit", "commit")]
    [InlineData("select array['a]', 'b']; commit", "select|commit")]
    [InlineData("create table shifts (begin int, \"end\" int); commit", "create|commit")]
    [InlineData("create temp trigger t after insert on u begin select 1; end; commit", "create|commit")]
    [InlineData("create or replace procedure p() begin atomic select 1; end; commit", "create|commit")]
    [InlineData("", "")]
    [InlineData("-- nothing", "")]
    [InlineData("/* never closed; commit", "")]
    [InlineData("select 'never closed; commit", "select")]
    public void Each_statement_is_found_with_the_word_it_begins_with(string text, string words) =>
        Assert.Equal(words.Length == 0 ? [] : words.Split('|'), Words(text));

    [Theory]
    [InlineData("select a.b, 12e3 from \"Some \"\"name\"", "select|a|b|from|Some |name")]   // parted, which is near enough
    [InlineData("select 'listen' -- listen\n, E'\\'; listen', $$ listen $$, $1, $x$ listen $x$ as e", "select|as|e")]
    [InlineData("/* a /* b */ c */ x(y_1)", "x|y_1")]
    [InlineData("'never closed", "")]
    [InlineData("", "")]
    public void Each_word_is_found_but_none_in_a_string_or_a_comment(string text, string words)
    {
        List<string> found = [];
        var rest = text.AsSpan();
        while (SqlStatements.FindWord(ref rest, nestedComments: true) is { Length: > 0 } word)
        {
            found.Add(word.ToString());
        }

        Assert.Equal(words.Length == 0 ? [] : words.Split('|'), found);
    }

    private static List<string> Words(string text)
    {
        List<string> words = [];
        var statements = SqlStatements.In(text);
        while (statements.MoveNext())
        {
            var rest = statements.Current;
            words.Add(SqlStatements.TakeWord(ref rest).ToString());
        }

        return words;
    }
}
