using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Millpond.Tests.Architecture;

/// <summary>Reports files that are too long, too wide or hold more than one type, types that are too long and folders that are
/// too full.</summary>
internal static class FileSizes
{
    private const int MaxLines = 400;
    private const int MaxColumns = 130;
    private const int MaxFiles = 25;

    public static IReadOnlyList<string> TooLarge(IEnumerable<SourceText> sources) => [.. sources.SelectMany(TooLarge)];

    public static IReadOnlyList<string> TooManyTypes(IEnumerable<SourceText> sources) =>
    [
        .. from source in sources
           let types = TopLevelTypes(source.Text)
           where types.Count > 1
           select $"{source.Path}: {types.Count} types ({string.Join(", ", types)})",
    ];

    /// <summary>Counts each type over all its partial files.</summary>
    public static IReadOnlyList<string> TooLongTypes(IEnumerable<SourceText> sources) =>
        Over(MaxLines, "lines",
            from source in sources
            from type in TopLevelTypes(source.Text)
            group source.Text.TrimEnd('\n').Split('\n').Length by Path.Combine(Folder(source), type) into parts
            select (parts.Key, parts.Sum()));

    public static IReadOnlyList<string> TooFullFolders(IEnumerable<SourceText> sources) =>
        Over(MaxFiles, "files", sources.CountBy(Folder).Select(static folder => (folder.Key, folder.Value)));

    public static List<string> TopLevelTypes(string text) =>
    [
        .. CSharpSyntaxTree.ParseText(text).GetRoot()
            .DescendantNodes(node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax)
            .Select(node => (node as BaseTypeDeclarationSyntax)?.Identifier ?? (node as DelegateDeclarationSyntax)?.Identifier)
            .Where(name => name is not null)
            .Select(name => name!.Value.Text),
    ];

    private static List<string> Over(int most, string unit, IEnumerable<(string Name, int Size)> all) =>
        [.. all.Where(one => one.Size > most).Select(one => $"{one.Name}: {one.Size} {unit}, at most {most}")];

    private static string Folder(SourceText source) => Path.GetDirectoryName(source.Path)!.Replace('\\', '/');

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
}
