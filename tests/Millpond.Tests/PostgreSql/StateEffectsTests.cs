using Millpond.PostgreSql.Statements;
using Npgsql;
using Xunit;

namespace Millpond.Tests.PostgreSql;

/// <summary>What a command's text tells about what it leaves on its connection.</summary>
public sealed class StateEffectsTests
{
    [Theory]
    [InlineData("select set_config('a', 'b', is_local => true)", nameof(StateEffect.Local))]
    [InlineData("select set_config('a', 'b', IS_LOCAL := TRUE )", nameof(StateEffect.Local))]
    [InlineData("select set_config('a', 'b', is_local => @yes)", nameof(StateEffect.Local))]
    [InlineData("select set_config('a', 'b', $1)", nameof(StateEffect.Local))]
    [InlineData("select set_config('a', 'b', is_local => false)", nameof(StateEffect.State))]
    [InlineData("select set_config('a', 'b', is_local => @no)", nameof(StateEffect.State))]
    [InlineData("select set_config('a', 'b', @unknown)", nameof(StateEffect.State))]
    [InlineData("select set_config('a', 'b', $2)", nameof(StateEffect.State))]
    [InlineData("select set_config('a', 'b', $3)", nameof(StateEffect.State))]
    [InlineData("select set_config(is_local => true, setting_name => 'a', new_value => 'b')", nameof(StateEffect.Local))]
    [InlineData("set local x = 1", nameof(StateEffect.Local))]
    [InlineData("select 1; create temp table t (id int) on commit drop", nameof(StateEffect.Local))]
    [InlineData("update t set local = 1", nameof(StateEffect.Nothing))]
    [InlineData("do $$ begin end $$", nameof(StateEffect.State))]
    [InlineData("deallocate all", nameof(StateEffect.NoPlans))]
    [InlineData("Deallocate Prepare \"_p1\"", nameof(StateEffect.NoPlans))]
    [InlineData("set x = 1; discard all", nameof(StateEffect.NoPlans))]
    [InlineData("deallocate mine", nameof(StateEffect.Nothing))]
    [InlineData("discard plans", nameof(StateEffect.Nothing))]
    public void S21_Text_and_parameters_determine_the_lasting_state(string text, string left)
    {
        using var command = new NpgsqlCommand();
        command.Parameters.Add(new NpgsqlParameter("yes", true));
        command.Parameters.Add(new NpgsqlParameter("no", false));
        Assert.Equal(left, StateEffects.Find(text, command.Parameters).ToString());
    }
}
