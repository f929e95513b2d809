using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Millpond.Tests.Architecture;

/// <summary>
/// Resolves every name in the core's sources and reports those that stand for something declared in a later folder.
/// A declaration belongs to the folder of its file, whatever its namespace: extension methods live in Microsoft's.
/// </summary>
internal sealed class FolderOrder
{
    /// <summary>A folder uses itself and those before it.</summary>
    public static readonly string[] Order =
    [
        "Diagnostics", "Admission", "Providers", "Supply", "Leasing", "Transactions", "AdoNet", "Sessions", "Engine", "Hosting",
    ];

    /// <summary>What the .NET SDK's implicit usings put into every file.</summary>
    private const string ImplicitUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    // A partial method without a body: the log's are written by the compiler's plug-ins, which do not run here.
    private const string NotGenerated = "CS8795";

    // The provider seam is marked experimental for others; the core's project file lets itself use it.
    private const string ProviderSeam = "MILLSEAM";

    private static readonly CSharpCompilationOptions Options =
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable)
            .WithSpecificDiagnosticOptions([new(ProviderSeam, ReportDiagnostic.Suppress)]);

    private static readonly Lazy<IReadOnlyList<MetadataReference>> Platform = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(file => !Path.GetFileName(file).StartsWith("Millpond", StringComparison.Ordinal))
            .Select(file => MetadataReference.CreateFromFile(file)),
    ]);

    private readonly CSharpCompilation _compilation;
    private readonly Dictionary<string, int> _resolved = Order.ToDictionary(folder => folder, _ => 0, StringComparer.Ordinal);
    private readonly List<string> _violations = [];

    private FolderOrder(CSharpCompilation compilation) => _compilation = compilation;

    /// <summary>Gets how many names each folder's files were found to use.</summary>
    public IReadOnlyDictionary<string, int> Resolved => _resolved;

    /// <summary>Gets each use of a later folder, and each file that is in no folder of the order.</summary>
    public IReadOnlyList<string> Violations => _violations;

    /// <summary>Gets what does not compile; with errors, names were not resolved and the check means nothing.</summary>
    public IReadOnlyList<string> Errors { get; private init; } = [];

    public static FolderOrder Check(IEnumerable<SourceText> sources)
    {
        var options = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create(
            "Millpond.Examined",
            sources.Select(source => CSharpSyntaxTree.ParseText(source.Text, options, source.Path))
                .Append(CSharpSyntaxTree.ParseText(ImplicitUsings, options)),
            Platform.Value,
            Options);

        var check = new FolderOrder(compilation)
        {
            Errors =
            [
                .. compilation.GetDiagnostics()
                    .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error && diagnostic.Id != NotGenerated)
                    .Select(diagnostic => diagnostic.ToString()),
            ],
        };
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
            var symbols = Symbols(model, node).ToList();
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

    /// <summary>What a piece of syntax stands for: names, and uses without one (<c>new()</c>, operators, foreach).</summary>
    private static IEnumerable<ISymbol> Symbols(SemanticModel model, SyntaxNode node)
    {
        switch (node)
        {
            case ForEachStatementSyntax loop:
                var info = model.GetForEachStatementInfo(loop);
                return new ISymbol?[] { info.GetEnumeratorMethod, info.MoveNextMethod, info.CurrentProperty }.OfType<ISymbol>();
            case ExpressionSyntax or ConstructorInitializerSyntax or AttributeSyntax:
                var found = model.GetSymbolInfo(node);
                return found.Symbol is { } symbol ? [symbol] : found.CandidateSymbols;
            default:
                return [];
        }
    }

    private static IEnumerable<string> Folders(ISymbol symbol)
    {
        var declared = symbol is IAliasSymbol alias ? alias.Target : symbol;
        declared = (declared as IMethodSymbol)?.ReducedFrom ?? declared;
        declared = declared.OriginalDefinition;
        while (declared is { DeclaringSyntaxReferences.Length: 0, ContainingType: { } owner })
        {
            declared = owner;   // a constructor that nobody wrote belongs to its class
        }

        return declared is INamespaceSymbol
            ? []
            : declared.DeclaringSyntaxReferences.Select(reference => FolderOf(reference.SyntaxTree));
    }

    private static string FolderOf(SyntaxTree tree) =>
        tree.FilePath.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 ? tree.FilePath[..slash] : "";
}
