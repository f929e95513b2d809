using Millpond.Transactions;
using Millpond.Transactions.Hooks;
using Xunit;

namespace Millpond.Tests.Sessions;

/// <summary>Savepoints as the database keeps them: a release or a rollback takes those above along.</summary>
public sealed class SavepointStackTests
{
    private readonly SavepointStack _stack = new();

    [Fact]
    public void S11_An_empty_stack_has_nothing_to_remove()
    {
        Assert.Equal((0, false), (_stack.OpenTransactions, _stack.Contains("a")));
        Assert.Empty(_stack.Names);
        Assert.Null(_stack.RollBackTo("a"));
        _stack.Release("a");
        _stack.Clear();
        Assert.Empty(_stack.Names);
    }

    [Fact]
    public void S11_Savepoint_names_are_unique()
    {
        Assert.Equal(("millpond_1", "millpond_2"), (_stack.NextName(), _stack.NextName()));
        _stack.Clear();
        Assert.Equal("millpond_3", _stack.NextName());
    }

    [Fact]
    public void S11_A_release_removes_the_savepoint_and_later_ones()
    {
        Push("a", "b", "c");
        _stack.Release("B");   // databases fold the case of names
        Assert.Equal(["a"], _stack.Names);
        Assert.Equal((true, false, 1), (_stack.Contains("A"), _stack.Contains("c"), _stack.OpenTransactions));
        _stack.Release("a");
        Assert.Empty(_stack.Names);
    }

    [Fact]
    public void S11_A_rollback_removes_later_savepoints_and_returns_the_hook_count()
    {
        Push("a", "b", "c");
        Assert.Equal(new HookMark(2, 2, 2), _stack.RollBackTo("b"));
        Assert.Equal(["a", "b"], _stack.Names);
        Assert.Equal(new HookMark(1, 1, 1), _stack.RollBackTo("a"));
        Assert.Equal(["a"], _stack.Names);
    }

    [Fact]
    public void S11_Of_two_savepoints_with_one_name_the_later_one_is_used()
    {
        Push("a", "b", "a");
        Assert.Equal(new HookMark(3, 3, 3), _stack.RollBackTo("a"));
        Assert.Equal(["a", "b", "a"], _stack.Names);
        _stack.Release("a");
        Assert.Equal(["a", "b"], _stack.Names);
        _stack.Release("a");
        Assert.Empty(_stack.Names);
    }

    [Fact]
    public void S11_An_unknown_savepoint_name_changes_nothing()
    {
        Push("a", "b");
        _stack.Release("c");
        Assert.Null(_stack.RollBackTo("c"));
        Assert.Equal(["a", "b"], _stack.Names);
    }

    [Fact]
    public void S11_Only_transactions_have_to_be_completed_before_a_commit()
    {
        _stack.Push("ours", isTransaction: true, default);
        _stack.Push("a library's", isTransaction: false, default);
        Assert.Equal(1, _stack.OpenTransactions);
        _stack.Clear();
        Assert.Equal(0, _stack.OpenTransactions);
        Assert.Empty(_stack.Names);
    }

    private void Push(params string[] names)
    {
        var hooks = 0;
        foreach (var name in names)
        {
            hooks++;
            _stack.Push(name, isTransaction: true, new HookMark(hooks, hooks, hooks));
        }
    }
}
