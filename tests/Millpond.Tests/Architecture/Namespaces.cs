using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Millpond.Tests.Architecture;

/// <summary>
/// Reports the files in the wrong namespace. The right one is <c>Millpond</c> for users, <c>Millpond.Providers</c> for provider
/// authors, the folder's for internals, and Microsoft's or OpenTelemetry's for extension methods that are found without a
/// <c>using</c>.
/// </summary>
internal static class Namespaces
{
    private const string Users = "Millpond";
    private const string ProviderAuthors = "Millpond.Providers";
    private static readonly string[] Extended = ["Microsoft.", "OpenTelemetry."];

    /// <param name="sources">The files under <c>src</c>.</param>
    public static IReadOnlyList<string> Wrong(IEnumerable<SourceText> sources) =>
    [
        .. from source in sources
           let parsed = CSharpSyntaxTree.ParseText(source.Text).GetCompilationUnitRoot()
           let file = (BaseNamespaceDeclarationSyntax)parsed.Members.Single()
           let actual = file.Name.ToString()
           let expected = Expected(source.Path, file)
           where actual != expected && !Extended.Any(one => actual.StartsWith(one, StringComparison.Ordinal))
           select $"{source.Path}: {actual}, not {expected}",
    ];

    private static string Expected(string path, BaseNamespaceDeclarationSyntax file)
    {
        var declared = file.Members.Single();
        return !declared.Modifiers.Any(static one => one.ValueText == "public") ? FolderOf(path)
            : declared.AttributeLists.ToString().Contains("ProviderSeam", StringComparison.Ordinal) ? ProviderAuthors
            : Users;
    }

    private static string FolderOf(string path) => path[..path.LastIndexOf('/')].Replace('/', '.');
}
