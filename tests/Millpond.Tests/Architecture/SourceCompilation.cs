using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Millpond.Tests.Architecture;

/// <summary>Compiles sources in memory, to resolve their names.</summary>
internal static class SourceCompilation
{
    /// <summary>The implicit usings of the .NET SDK.</summary>
    private const string ImplicitUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    // A partial method without a body: the log methods are source-generated, and generators do not run here.
    private const string NotGenerated = "CS8795";

    // The provider interface is marked experimental; the core's project file suppresses the diagnostic.
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

    public static CSharpCompilation Of(IEnumerable<SourceText> sources)
    {
        var options = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest);
        return CSharpCompilation.Create(
            "Millpond.Examined",
            sources.Select(source => CSharpSyntaxTree.ParseText(source.Text, options, source.Path))
                .Append(CSharpSyntaxTree.ParseText(ImplicitUsings, options)),
            Platform.Value,
            Options);
    }

    /// <summary>Returns the compiler errors. With errors, names are not resolved and a check means nothing.</summary>
    public static IReadOnlyList<string> Errors(CSharpCompilation compilation) =>
    [
        .. compilation.GetDiagnostics()
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error && diagnostic.Id != NotGenerated)
            .Select(diagnostic => diagnostic.ToString()),
    ];

    /// <summary>Returns the symbols of a syntax node, including uses without a name (<c>new()</c>, operators,
    /// foreach).</summary>
    public static IEnumerable<ISymbol> Symbols(SemanticModel model, SyntaxNode node)
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

    /// <summary>Returns where a symbol is declared in the sources.</summary>
    public static IEnumerable<SyntaxReference> Declarations(ISymbol symbol)
    {
        var declared = symbol is IAliasSymbol alias ? alias.Target : symbol;
        declared = (declared as IMethodSymbol)?.ReducedFrom ?? declared;
        declared = declared.OriginalDefinition;
        while (declared is { DeclaringSyntaxReferences.Length: 0, ContainingType: { } owner })
        {
            declared = owner;   // an implicit constructor belongs to its class
        }

        return declared is INamespaceSymbol ? [] : declared.DeclaringSyntaxReferences;
    }
}
