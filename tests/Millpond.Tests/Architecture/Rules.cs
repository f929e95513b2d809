using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Millpond.Tests.Architecture;

/// <summary>Compares the rules in tests/RULES.md with the rule numbers in test names.</summary>
internal static partial class Rules
{
    /// <summary>Returns the numbers of the rules on the page, in order.</summary>
    public static IReadOnlyList<string> On(string page) =>
        [.. Listed().Matches(page).Select(match => match.Groups[1].Value)];

    /// <summary>Returns rules without a test, numbers in test names without a rule, and duplicate rules.</summary>
    public static IReadOnlyList<string> Faults(string page, IEnumerable<string> tests)
    {
        var listed = On(page);
        var held = tests.Select(name => Numbered().Match(name)).Where(match => match.Success)
            .Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. listed.Except(held).Select(rule => $"{rule} has no test"),
            .. held.Except(listed).Order(StringComparer.Ordinal).Select(
                rule => $"{rule} is carried by a test and is not on the page"),
            .. listed.CountBy(rule => rule).Where(rule => rule.Value > 1).Select(rule => $"{rule.Key} stands {rule.Value} times"),
        ];
    }

    /// <summary>Returns the methods that xUnit runs as tests.</summary>
    public static IReadOnlySet<string> TestNames(IEnumerable<SourceText> sources) =>
        sources.SelectMany(source => CSharpSyntaxTree.ParseText(source.Text).GetRoot().DescendantNodes())
            .OfType<MethodDeclarationSyntax>()
            .Where(method => method.AttributeLists.SelectMany(list => list.Attributes).Any(IsTest))
            .Select(method => method.Identifier.Text)
            .ToHashSet(StringComparer.Ordinal);

    private static bool IsTest(AttributeSyntax attribute) => attribute.Name.ToString() is "Fact" or "Theory";

    [GeneratedRegex(@"^- \*\*([A-Z][0-9]{2})\*\* \S", RegexOptions.Multiline)]
    private static partial Regex Listed();

    [GeneratedRegex("^([A-Z][0-9]{2})_.*")]
    private static partial Regex Numbered();
}
