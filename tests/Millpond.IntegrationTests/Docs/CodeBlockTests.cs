using Xunit;

namespace Millpond.IntegrationTests.Docs;

/// <summary>What stands on the pages as C# is C#.</summary>
public sealed class CodeBlockTests
{
    public static TheoryData<string> Pages => [.. MarkdownPage.All.Where(static page => page.Blocks().Any())
        .Select(static page => page.Path)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_code_block_of_a_page_compiles(string path)
    {
        var page = MarkdownPage.All.Single(page => page.Path == path);

        Expect.None([.. page.Blocks().SelectMany(BlockCompiler.Faults)]);
    }

    [Fact]
    public void The_manual_has_code_blocks() =>
        Assert.InRange(MarkdownPage.All.Sum(static page => page.Blocks().Count()), 50, int.MaxValue);

    [Theory]
    [InlineData("var id = await db.QuerySingleAsync<long>($\"select 1\", ct);")]
    [InlineData("app.MapGet(\"/\", (DbSession db, CancellationToken ct) => db.ExecuteAsync($\"select 1\", ct));")]
    [InlineData("record Account(long Id);\nclass Accounts(DbSession session) { public long Id => session.Id; }")]
    [InlineData("using Millpond;\nawait using var engine = DbEngine.Create(o => o.UseSqlite(\"sqlite:a.db\"));")]
    public void Statements_declarations_and_programs_are_code_blocks(string code) =>
        Expect.None(BlockCompiler.Faults(new("a.md", 1, code, "")));

    [Fact]
    public void Declarations_in_the_preceding_comment_are_available() => Expect.None(BlockCompiler.Faults(new(
        "a.md",
        1,
        "await SendAsync(order.Id); NpgsqlConnection? none = null; db.SaveChanges();",
        "using Npgsql; record Order(long Id); Order order\nTask SendAsync(long id)\n" +
        "Microsoft.EntityFrameworkCore.DbContext db")));

    [Fact]
    public void A_block_that_does_not_compile_is_reported_with_page_and_line()
    {
        var page = new MarkdownPage("docs/a.md", "# A\n\n```csharp\nvar one = 1;\nsession.Comit();\n```\n");

        Assert.StartsWith(
            "docs/a.md(5): CS1061 'DbSession' does not contain a definition for 'Comit'",
            Assert.Single(BlockCompiler.Faults(Assert.Single(page.Blocks()))),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("# A\n\n```csharp\nvar one = 1;\n")]
    [InlineData("# A\n\n<!-- with: long id\n```csharp\nvar one = id;\n```\n")]
    public void An_unterminated_block_or_comment_is_found(string text) => Assert.Equal(
        "docs/a.md(3): what begins here has no end",
        Assert.Throws<InvalidDataException>(() => new MarkdownPage("docs/a.md", text).Blocks().ToList()).Message);

    [Fact]
    public void A_program_in_the_docs_must_show_its_usings() => Assert.StartsWith(
        "a.md(2): CS0246",
        Assert.Single(BlockCompiler.Faults(new("a.md", 1, "using System.Data;\nDbSession? none = null;", ""))),
        StringComparison.Ordinal);
}
