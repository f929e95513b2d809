using Xunit;

namespace Millpond.Tests.Architecture;

public sealed class ArchitecturePageTests
{
    private const string Head = "# A page\n\n| rule | | test |\n| --- | --- | --- |\n";

    [Fact]
    public void Every_rule_on_the_page_is_held_by_a_test_that_exists()
    {
        var page = Repository.Read("ARCHITECTURE.md");

        Assert.NotEmpty(ArchitecturePage.Rows(page));
        Expect.None(ArchitecturePage.Faults(page, ArchitecturePage.TestNames(Repository.Sources("tests"))));
    }

    [Fact]
    public void Every_rule_that_a_test_carries_is_on_the_page() =>
        Expect.None(ArchitecturePage.RulesMissing(
            Repository.Read("ARCHITECTURE.md"),
            ArchitecturePage.TestNames(Repository.Sources("tests"))));

    [Fact]
    public void A_rule_that_only_a_test_knows_is_found() =>
        Assert.Equal(
            ["No row for S02, which S02_Two holds"],
            ArchitecturePage.RulesMissing(Head + "| S01 | Lazy. | `S01_One` |", ["S01_One", "S02_Two", "Another"]));

    [Fact]
    public void A_test_that_was_renamed_is_missed() =>
        Assert.Equal(
            ["No test is called New_name: | S01 | Lazy. | `Old_name`, `New_name` |"],
            Faults("| S01 | Lazy. | `Old_name`, `New_name` |"));

    [Fact]
    public void A_rule_without_a_test_is_found() =>
        Assert.Equal(["No test is named in: | S01 | Lazy, like `yield`. | |"], Faults("| S01 | Lazy, like `yield`. | |"));

    [Fact]
    public void Only_methods_that_are_run_count_as_tests()
    {
        var source = new SourceText("T.cs", "class T { [Fact] void A(); [Theory, InlineData(1)] void B(int n); void C(); }");

        Assert.Equal(["A", "B"], ArchitecturePage.TestNames([source]).Order());
    }

    private static IReadOnlyList<string> Faults(string row) =>
        ArchitecturePage.Faults(Head + row + "\n", new HashSet<string> { "Old_name" });
}
