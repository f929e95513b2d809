using System.Text.RegularExpressions;

namespace Millpond.IntegrationTests.Docs;

/// <summary>
/// What a block may use without declaring it. Entries stand on lines of their own or between semicolons:
/// <c>ShopContext shop</c> is a value, <c>Task SendAsync(string to)</c> a method, <c>record Order(long Id)</c> a type,
/// <c>using Npgsql</c> a using.
/// </summary>
internal static partial class GivenNames
{
    /// <summary>What is there for every block, unless its comment gives the name another type.</summary>
    private static readonly string[] Always =
    [
        "Microsoft.AspNetCore.Builder.WebApplicationBuilder builder",
        "Microsoft.AspNetCore.Builder.WebApplication app",
        "Millpond.DbEngine engine",
        "Millpond.DbSession session",
        "Millpond.DbSession db",
        "System.Threading.CancellationToken ct",
    ];

    /// <summary>Makes the source that declares it all.</summary>
    public static string Source(string given)
    {
        var entries = Split(given);
        var usings = entries.Where(static one => one.StartsWith("using ", StringComparison.Ordinal)).ToList();
        var types = entries.Where(static one => TypeDeclaration().IsMatch(one)).ToList();
        var names = entries.Except(usings).Except(types).ToList();
        names.AddRange(Always.Where(one => !names.Any(other => NameOf(other) == NameOf(one))));
        return $$"""
            {{string.Concat(usings.Select(static one => $"global {one};\n"))}}
            global using static Given;
            {{string.Concat(types.Select(static one => one.EndsWith('}') ? $"public {one}\n" : $"public {one};\n"))}}
            internal static partial class Given
            {
            {{string.Concat(names.Select(static one => $"    public static {one} => throw null!;\n"))}}
            }
            """;
    }

    /// <summary>Splits at line ends and semicolons that no bracket encloses.</summary>
    private static List<string> Split(string given)
    {
        List<string> entries = [];
        var (depth, begin) = (0, 0);
        for (var at = 0; at <= given.Length; at++)
        {
            var sign = at < given.Length ? given[at] : '\n';
            depth += sign is '(' or '{' ? 1 : sign is ')' or '}' ? -1 : 0;
            if (depth == 0 && (sign is ';' or '\n'))
            {
                entries.Add(given[begin..at].Trim());
                begin = at + 1;
            }
        }

        entries.RemoveAll(static one => one.Length == 0);
        return entries;
    }

    private static string NameOf(string entry) => entry.Split('(')[0].Split(' ')[^1];

    [GeneratedRegex("^((sealed|abstract|static|partial|readonly) )*(class|record|struct|enum|interface) ")]
    private static partial Regex TypeDeclaration();
}
