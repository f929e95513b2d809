using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Millpond.Tests.Architecture;

/// <summary>Reads the table of ARCHITECTURE.md: each rule, and the tests that are said to hold it.</summary>
internal static partial class ArchitecturePage
{
    /// <summary>The rows that name no test, and the tests that do not exist.</summary>
    public static IReadOnlyList<string> Faults(string page, IReadOnlySet<string> tests) =>
        [.. Rows(page).SelectMany(row => RowFaults(row, tests))];

    public static IReadOnlyList<string> Rows(string page) =>
        [.. page.Split('\n').Where(line => line.StartsWith('|')).Skip(2)];

    /// <summary>The rules, by number, that a test carries in its name and that have no row.</summary>
    public static IReadOnlyList<string> RulesMissing(string page, IEnumerable<string> tests)
    {
        var rows = Rows(page).Select(row => row.Split('|')[1].Trim()).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. tests.Select(name => Numbered().Match(name))
                .Where(match => match.Success && !rows.Contains(match.Groups[1].Value))
                .Select(match => $"No row for {match.Groups[1].Value}, which {match.Value} holds")
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>The methods that xUnit runs as tests.</summary>
    public static IReadOnlySet<string> TestNames(IEnumerable<SourceText> sources) =>
        sources.SelectMany(source => CSharpSyntaxTree.ParseText(source.Text).GetRoot().DescendantNodes())
            .OfType<MethodDeclarationSyntax>()
            .Where(method => method.AttributeLists.SelectMany(list => list.Attributes).Any(IsTest))
            .Select(method => method.Identifier.Text)
            .ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<string> RowFaults(string row, IReadOnlySet<string> tests)
    {
        var cells = row.Trim().Trim('|').Split('|');
        var named = Quoted().Matches(cells[^1]).Select(match => match.Groups[1].Value).ToList();
        return named.Count == 0
            ? [$"No test is named in: {row}"]
            : named.Where(name => !tests.Contains(name)).Select(name => $"No test is called {name}: {row}");
    }

    private static bool IsTest(AttributeSyntax attribute) => attribute.Name.ToString() is "Fact" or "Theory";

    [GeneratedRegex("^([A-Z][0-9]{2})_.*")]
    private static partial Regex Numbered();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
