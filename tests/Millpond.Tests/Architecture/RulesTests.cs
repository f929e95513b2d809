using Xunit;

namespace Millpond.Tests.Architecture;

public sealed class RulesTests
{
    [Fact]
    public void Every_rule_has_a_test_and_every_number_in_a_test_name_is_a_rule() =>
        Expect.None(Rules.Faults(Repository.Read("tests/RULES.md"), Rules.TestNames(Repository.Sources("tests"))));

    [Fact]
    public void The_rules_page_lists_rules() => Assert.InRange(Rules.On(Repository.Read("tests/RULES.md")).Count, 50, 99);

    [Fact]
    public void A_rule_without_a_test_is_found() =>
        Assert.Equal(["S02 has no test"], Rules.Faults("- **S01** Lazy.\n- **S02** Honest.\n", ["S01_One", "Another"]));

    [Fact]
    public void A_number_without_a_rule_is_found() =>
        Assert.Equal(
            ["S02 is carried by a test and is not on the page"], Rules.Faults("- **S01** Lazy.\n", ["S01_One", "S02_Two"]));

    [Fact]
    public void A_duplicate_rule_is_found() =>
        Assert.Equal(["S01 stands 2 times"], Rules.Faults("- **S01** Lazy.\n- **S01** Lazy.\n", ["S01_One"]));

    [Fact]
    public void Only_methods_that_run_count_as_tests()
    {
        var source = new SourceText("T.cs", "class T { [Fact] void A(); [Theory, InlineData(1)] void B(int n); void C(); }");

        Assert.Equal(["A", "B"], Rules.TestNames([source]).Order());
    }
}
