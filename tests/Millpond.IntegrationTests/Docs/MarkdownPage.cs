using System.Text.RegularExpressions;

namespace Millpond.IntegrationTests.Docs;

/// <summary>A page of the manual: its path within the repository, in <c>/</c> form, and its text.</summary>
internal sealed partial class MarkdownPage(string path, string text)
{
    private const string Fence = "```";
    private const string Comment = "<!-- with:";
    private const string CommentEnd = "-->";

    private readonly string[] _lines = text.ReplaceLineEndings("\n").Split('\n');

    public string Path => path;

    /// <summary>Every page of the repository.</summary>
    public static IReadOnlyList<MarkdownPage> All { get; } =
    [
        .. Directory.EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories)
            .Select(file => System.IO.Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Where(static page => !page.Split('/').Any(static part => part is "artifacts" or "bin" or "obj" || part[0] == '.'))
            .Order(StringComparer.Ordinal)
            .Select(page => new MarkdownPage(page, File.ReadAllText(System.IO.Path.Combine(Repository.Root, page)))),
    ];

    /// <summary>The blocks of C#, each with what the comment above it declares.</summary>
    public IEnumerable<CodeBlock> Blocks()
    {
        var given = "";
        for (var at = 0; at < _lines.Length; at++)
        {
            var line = _lines[at].Trim();
            if (line.StartsWith(Comment, StringComparison.Ordinal))
            {
                var end = EndOf(at, from: at, static one => one.Contains(CommentEnd, StringComparison.Ordinal));
                var comment = string.Join('\n', _lines[at..(end + 1)]).TrimStart();
                given = comment[Comment.Length..comment.IndexOf(CommentEnd, StringComparison.Ordinal)];
                at = end;
            }
            else if (line.StartsWith(Fence, StringComparison.Ordinal))
            {
                var end = EndOf(at, from: at + 1, static one => one.Trim() == Fence);
                if (line is "```csharp" or "```cs" or "```c#")
                {
                    yield return new CodeBlock(path, at + 2, string.Join('\n', _lines[(at + 1)..end]), given);
                }

                (at, given) = (end, "");
            }
            else if (line.Length > 0)
            {
                given = "";   // it belongs to the block right below it
            }
        }
    }

    /// <summary>What the headings can be reached by, as GitHub makes it.</summary>
    public IReadOnlySet<string> Anchors()
    {
        HashSet<string> anchors = [];
        foreach (var (_, line) in Prose())
        {
            if (Heading().Match(line) is { Success: true } heading)
            {
                var slug = Slug(heading.Groups[2].Value);
                var one = slug;
                for (var count = 1; !anchors.Add(one); count++)
                {
                    one = $"{slug}-{count}";
                }
            }
        }

        return anchors;
    }

    /// <summary>The headings of a level, with their text.</summary>
    public IEnumerable<string> Headings(int level) =>
        from one in Prose()
        let heading = Heading().Match(one.Text)
        where heading.Success && heading.Groups[1].Length == level
        select heading.Groups[2].Value.Trim();

    /// <summary>The links and pictures that stay within the repository, with their lines.</summary>
    public IEnumerable<(int Line, string Target)> Links() =>
        from one in Prose()
        from target in Link().Matches(InlineCode().Replace(one.Text, "")).Select(static link => link.Groups[1].Value)
        where !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
        select (one.Line, target);

    private static string Slug(string heading) =>
        NoPartOfSlugs().Replace(heading.Trim().ToLowerInvariant(), "").Replace(' ', '-');

    /// <summary>The line that ends what begins at another.</summary>
    private int EndOf(int begin, int from, Predicate<string> ends) => Array.FindIndex(_lines, from, ends) is >= 0 and var end
        ? end
        : throw new InvalidDataException($"{path}({begin + 1}): what begins here has no end");

    /// <summary>The lines outside of code.</summary>
    private IEnumerable<(int Line, string Text)> Prose()
    {
        var inCode = false;
        for (var at = 0; at < _lines.Length; at++)
        {
            if (_lines[at].TrimStart().StartsWith(Fence, StringComparison.Ordinal))
            {
                inCode = !inCode;
            }
            else if (!inCode)
            {
                yield return (at + 1, _lines[at]);
            }
        }
    }

    [GeneratedRegex("^(#{1,6}) +(.+?) *#*$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"[^\p{L}\p{N}\-_ ]")]
    private static partial Regex NoPartOfSlugs();
}
