using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Millpond.Tests.Architecture;

/// <summary>Resolves every name in the core's sources and reports uses of later folders. A declaration belongs to the folder of
/// its file, whatever its namespace, because extension methods are in Microsoft's.</summary>
internal sealed class FolderOrder
{
    /// <summary>A folder uses itself and those before it.</summary>
    public static readonly string[] Order =
    [
        "Diagnostics", "Telemetry", "Admission", "Providers", "Supply", "Leasing", "Transactions", "AdoNet", "Sessions", "Engine",
        "Hosting",
    ];

    private readonly CSharpCompilation _compilation;
    private readonly Dictionary<string, int> _resolved = Order.ToDictionary(folder => folder, _ => 0, StringComparer.Ordinal);
    private readonly List<string> _violations = [];

    private FolderOrder(CSharpCompilation compilation) => _compilation = compilation;

    /// <summary>Gets the number of resolved names in each folder.</summary>
    public IReadOnlyDictionary<string, int> Resolved => _resolved;

    /// <summary>Gets each use of a later folder, and each file that is in no folder of the order.</summary>
    public IReadOnlyList<string> Violations => _violations;

    /// <summary>Gets the compiler errors. With errors, names are not resolved and the check means nothing.</summary>
    public IReadOnlyList<string> Errors { get; private init; } = [];

    public static FolderOrder Check(IEnumerable<SourceText> sources)
    {
        var compilation = SourceCompilation.Of(sources);
        var check = new FolderOrder(compilation) { Errors = SourceCompilation.Errors(compilation) };
        foreach (var tree in compilation.SyntaxTrees.Where(tree => tree.FilePath.Length > 0))
        {
            check.Examine(tree);
        }

        return check;
    }

    private void Examine(SyntaxTree tree)
    {
        var from = FolderOf(tree);
        var place = Array.IndexOf(Order, from);
        if (place < 0)
        {
            _violations.Add($"{tree.FilePath} is in none of the folders {string.Join(", ", Order)}");
            return;
        }

        var model = _compilation.GetSemanticModel(tree);
        foreach (var node in tree.GetRoot().DescendantNodes())
        {
            var symbols = SourceCompilation.Symbols(model, node).ToList();
            _resolved[from] += node is SimpleNameSyntax ? symbols.Count : 0;
            foreach (var to in symbols.SelectMany(Folders).Distinct())
            {
                if (Array.IndexOf(Order, to) > place)
                {
                    var line = tree.GetLineSpan(node.Span).StartLinePosition.Line + 1;
                    _violations.Add($"{tree.FilePath}({line}): {from} uses {to}: {node}");
                }
            }
        }
    }

    private static IEnumerable<string> Folders(ISymbol symbol) =>
        SourceCompilation.Declarations(symbol).Select(reference => FolderOf(reference.SyntaxTree));

    private static string FolderOf(SyntaxTree tree) =>
        tree.FilePath.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 ? tree.FilePath[..slash] : "";
}
