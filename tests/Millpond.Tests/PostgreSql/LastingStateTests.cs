using Millpond.PostgreSql.Statements;
using Npgsql;
using Xunit;

namespace Millpond.Tests.PostgreSql;

/// <summary>What a command's text tells about what it leaves on its connection.</summary>
public sealed class LastingStateTests
{
    [Theory]
    [InlineData("select set_config('a', 'b', is_local => true)", nameof(Lasting.Local))]
    [InlineData("select set_config('a', 'b', IS_LOCAL := TRUE )", nameof(Lasting.Local))]
    [InlineData("select set_config('a', 'b', is_local => @yes)", nameof(Lasting.Local))]
    [InlineData("select set_config('a', 'b', $1)", nameof(Lasting.Local))]
    [InlineData("select set_config('a', 'b', is_local => false)", nameof(Lasting.State))]
    [InlineData("select set_config('a', 'b', is_local => @no)", nameof(Lasting.State))]
    [InlineData("select set_config('a', 'b', @unknown)", nameof(Lasting.State))]
    [InlineData("select set_config('a', 'b', $2)", nameof(Lasting.State))]
    [InlineData("select set_config('a', 'b', $3)", nameof(Lasting.State))]
    [InlineData("select set_config(is_local => true, setting_name => 'a', new_value => 'b')", nameof(Lasting.Local))]
    [InlineData("set local x = 1", nameof(Lasting.Local))]
    [InlineData("select 1; create temp table t (id int) on commit drop", nameof(Lasting.Local))]
    [InlineData("update t set local = 1", nameof(Lasting.Nothing))]
    [InlineData("do $$ begin end $$", nameof(Lasting.State))]
    [InlineData("deallocate all", nameof(Lasting.NoPlans))]
    [InlineData("Deallocate Prepare \"_p1\"", nameof(Lasting.NoPlans))]
    [InlineData("set x = 1; discard all", nameof(Lasting.NoPlans))]
    [InlineData("deallocate mine", nameof(Lasting.Nothing))]
    [InlineData("discard plans", nameof(Lasting.Nothing))]
    public void S21_Text_and_parameters_tell_what_is_left(string text, string left)
    {
        using var command = new NpgsqlCommand();
        command.Parameters.Add(new NpgsqlParameter("yes", true));
        command.Parameters.Add(new NpgsqlParameter("no", false));
        Assert.Equal(left, LastingState.Find(text, command.Parameters).ToString());
    }
}
