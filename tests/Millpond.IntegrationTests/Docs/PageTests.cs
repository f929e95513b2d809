using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Millpond.IntegrationTests.Docs;

/// <summary>The pages lead where they say, and the errors lead to the pages.</summary>
public sealed class PageTests
{
    private static readonly string[] Failures = ["exhausted-pool", "synchronous-call", "oversized-pool", "shared-session"];

    private static IReadOnlyList<string> Codes =>
    [
        .. typeof(MillpondException).Assembly.GetType("Millpond.Diagnostics.ErrorCodes", throwOnError: true)!
            .GetFields(BindingFlags.Public | BindingFlags.Static | BindingFlags.NonPublic)
            .Where(static one => one.IsLiteral)
            .Select(static one => (string)one.GetRawConstantValue()!)
            .Order(StringComparer.Ordinal),
    ];

    [Fact]
    public void Every_code_has_a_section_on_the_error_page_and_vice_versa()
    {
        Assert.InRange(Codes.Count, 16, int.MaxValue);
        Assert.Equal(Codes, Page("docs/errors.md").Headings(2).Where(IsCode).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_error_links_to_the_section_of_its_code()
    {
        await using var engine = DbEngine.Create(static options => options.UseSqlite("sqlite::memory:"));
        await using var session = engine.OpenSession();
        await using var command = session.Connection.CreateCommand();
        command.CommandText = "commit";

        Exception[] errors =
        [
            Assert.Throws<SynchronousCallException>(session.Connection.Open),
            await Assert.ThrowsAsync<MillpondNotSupportedException>(
                () => command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken)),
        ];

        Assert.Equal(
            ["https://millpond.dev/errors#mill3004", "https://millpond.dev/errors#mill3007"],
            errors.Select(static error => error.HelpLink));
        Assert.All(errors, static error => Assert.Contains(error.HelpLink!.Split('#')[1], Page("docs/errors.md").Anchors()));
    }

    [Fact]
    public void Every_link_within_the_repository_has_an_existing_target() =>
        Expect.None([.. MarkdownPage.All.SelectMany(static page => Broken(page))]);

    [Fact]
    public void A_broken_link_is_found()
    {
        var page = new MarkdownPage(
            "docs/a.md",
            "# A `b`: c\n[1](#a-b-c) [2](#nowhere) [3](missing.md) [4](../README.md#nowhere)\n`[5](x.md)`\n" +
            "```\n[6](y.md)\n```\n");

        Assert.Equal(
            ["docs/a.md(2): #nowhere", "docs/a.md(2): missing.md", "docs/a.md(2): ../README.md#nowhere"], Broken(page));
    }

    [Fact]
    public void Every_page_of_the_manual_is_on_its_index_and_in_the_README()
    {
        var pages = MarkdownPage.All.Select(static page => page.Path)
            .Where(static path => path.StartsWith("docs/", StringComparison.Ordinal)).ToList();

        Expect.None([.. pages.Except(TargetsOf("docs/README.md")).Where(static path => path != "docs/README.md")]);
        Expect.None([.. pages.Except(TargetsOf("README.md"))]);
    }

    [Fact]
    public void Each_of_the_four_failures_is_one_click_from_the_front_page() => Assert.All(
        Failures,
        static failure => Assert.Contains(
            $"docs/four-failures.md#{failure}", Page("README.md").Links().Select(static one => one.Target)));

    private static bool IsCode(string heading) => heading.StartsWith("MILL", StringComparison.Ordinal);

    private static MarkdownPage Page(string path) => MarkdownPage.All.Single(page => page.Path == path);

    private static IEnumerable<string> TargetsOf(string page) => Page(page).Links()
        .Select(link => Resolve(page, link.Target).File);

    private static IReadOnlyList<string> Broken(MarkdownPage page) =>
    [
        .. from link in page.Links()
           let target = Resolve(page.Path, link.Target)
           where !Exists(page, target.File, target.Anchor)
           select $"{page.Path}({link.Line}): {link.Target}",
    ];

    private static (string File, string Anchor) Resolve(string page, string target)
    {
        var parts = target.Split('#', 2);
        var file = parts[0].Length == 0 ? page : Path.GetRelativePath(
            Repository.Root, Path.Combine(Repository.Root, Path.GetDirectoryName(page)!, Uri.UnescapeDataString(parts[0])));
        return (file.Replace('\\', '/'), parts.Length == 2 ? parts[1] : "");
    }

    private static bool Exists(MarkdownPage from, string file, string anchor)
    {
        var page = file == from.Path ? from : MarkdownPage.All.FirstOrDefault(one => one.Path == file);
        return anchor.Length > 0
            ? page?.Anchors().Contains(anchor) == true
            : page is not null || Path.Exists(Path.Combine(Repository.Root, file));
    }
}
