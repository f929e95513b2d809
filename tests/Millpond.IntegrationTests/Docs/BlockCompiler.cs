using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Millpond.IntegrationTests.Docs;

/// <summary>Compiles what stands on a page, against what these tests themselves reference.</summary>
internal static class BlockCompiler
{
    // Those of Microsoft.NET.Sdk.Web: every project of a reader has them.
    private static readonly string[] Implicit =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Net.Http.Json",
        "System.Threading", "System.Threading.Tasks", "Microsoft.AspNetCore.Builder", "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Http", "Microsoft.AspNetCore.Routing", "Microsoft.Extensions.Configuration",
        "Microsoft.Extensions.DependencyInjection", "Microsoft.Extensions.Hosting", "Microsoft.Extensions.Logging",
    ];

    // A block that shows no using of its own is a part of a file that has them.
    private static readonly string[] Usual =
    [
        "System.Data", "System.Data.Common", "Millpond", "Millpond.Providers",
    ];

    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static file => !IsOurs(Path.GetFileNameWithoutExtension(file)))
            .Select(static file => MetadataReference.CreateFromFile(file)),
    ];

    /// <summary>The errors of a block, each with its place on the page.</summary>
    public static IReadOnlyList<string> Faults(CodeBlock block)
    {
        var code = CSharpSyntaxTree.ParseText(block.Code);
        var root = (CompilationUnitSyntax)code.GetRoot();
        var usings = root.Usings.Count > 0 ? Implicit : [.. Implicit, .. Usual];
        var around = CSharpSyntaxTree.ParseText(
            string.Concat(usings.Select(static one => $"global using {one};\n")) + GivenNames.Source(block.Given));
        var kind = root.Members.OfType<GlobalStatementSyntax>().Any()
            ? OutputKind.ConsoleApplication
            : OutputKind.DynamicallyLinkedLibrary;
        return
        [
            .. CSharpCompilation.Create(
                    "Page", [code, around], References, new(kind, nullableContextOptions: NullableContextOptions.Enable))
                .GetDiagnostics()
                .Where(static one => one.Severity == DiagnosticSeverity.Error)
                .Select(one => Describe(one, block, isBlock: one.Location.SourceTree == code)),
        ];
    }

    private static string Describe(Diagnostic error, CodeBlock block, bool isBlock)
    {
        var line = isBlock ? block.Line + error.Location.GetLineSpan().StartLinePosition.Line : block.Line - 1;
        var (place, text) = (isBlock ? "" : " (above the block)", error.GetMessage(CultureInfo.InvariantCulture));
        return string.Create(CultureInfo.InvariantCulture, $"{block.Page}({line}): {error.Id} {text}{place}");
    }

    /// <summary>Says whether an assembly is the tests' own or their tools', which no reader has.</summary>
    private static bool IsOurs(string name) =>
        name is "Millpond.IntegrationTests" or "Millpond.Load" || name.StartsWith("xunit", StringComparison.OrdinalIgnoreCase);
}
