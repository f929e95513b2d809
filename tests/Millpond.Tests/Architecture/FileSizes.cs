using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Millpond.Tests.Architecture;

/// <summary>Reports the files that are too long, too wide, or hold more than one type.</summary>
internal static class FileSizes
{
    private const int MaxLines = 400;
    private const int MaxColumns = 130;

    public static IReadOnlyList<string> TooLarge(IEnumerable<SourceText> sources) => [.. sources.SelectMany(TooLarge)];

    public static IReadOnlyList<string> TooManyTypes(IEnumerable<SourceText> sources) =>
    [
        .. from source in sources
           let types = TopLevelTypes(source.Text)
           where types.Count > 1
           select $"{source.Path}: {types.Count} types ({string.Join(", ", types)})",
    ];

    private static IEnumerable<string> TooLarge(SourceText source)
    {
        var lines = source.Text.TrimEnd('\n').Split('\n');
        if (lines.Length > MaxLines)
        {
            yield return $"{source.Path}: {lines.Length} lines, at most {MaxLines}";
        }

        for (var i = 0; i < lines.Length; i++)
        {
            var columns = lines[i].TrimEnd('\r').Length;
            if (columns > MaxColumns)
            {
                yield return $"{source.Path}({i + 1}): {columns} columns, at most {MaxColumns}";
            }
        }
    }

    private static List<string> TopLevelTypes(string text) =>
    [
        .. CSharpSyntaxTree.ParseText(text).GetRoot()
            .DescendantNodes(node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax)
            .Select(node => (node as BaseTypeDeclarationSyntax)?.Identifier ?? (node as DelegateDeclarationSyntax)?.Identifier)
            .Where(name => name is not null)
            .Select(name => name!.Value.Text),
    ];
}
