using System.Net;
using System.Net.Http.Json;
using Millpond.IntegrationTests.Docs;
using Millpond.PackageTests.Feed;
using Millpond.PackageTests.Programs;
using Xunit;

namespace Millpond.PackageTests;

/// <summary>A newcomer with an empty folder, the packages and docs/getting-started.md.</summary>
public sealed class GettingStartedTests(PackageFeed feed)
{
    private const string SqliteKey = "id integer primary key";
    private const string PostgreSqlKey = "id bigint generated always as identity primary key";

    private static readonly MarkdownPage Page = MarkdownPage.All.Single(static page => page.Path == "docs/getting-started.md");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_getting_started_program_works_from_the_packages_on_SQLite()
    {
        var folder = await CreateAsync("SqliteShop", "Millpond");
        await BuildAndTalkAsync(folder, Page.Blocks().First().Code);

        Assert.True(File.Exists(Path.Combine(folder, "shop.db")));
        Assert.All(
            ["Millpond", "Millpond.Core", "Millpond.AspNetCore", "Millpond.Dapper", "Millpond.Sqlite"], feed.AssertInstalled);
    }

    [Fact]
    [Trait("Needs", "PostgreSQL")]
    public Task The_getting_started_program_works_from_the_packages_on_PostgreSQL() => EmptyDatabase.RunAsync(
        async (url, _) =>
        {
            var (program, postgreSql) = (Page.Blocks().First().Code, Page.Blocks().ElementAt(1).Code.Trim());
            Assert.Contains(PostgreSqlKey, string.Join('\n', await File.ReadAllLinesAsync(
                Path.Combine(Repository.Root, Page.Path), Token)), StringComparison.Ordinal);
            var folder = await CreateAsync("PostgresShop", "Millpond", "Millpond.PostgreSql");
            await BuildAndTalkAsync(folder, program
                .Replace(Line(program, "builder.Services.AddMillpond("), Line(postgreSql, "builder.Services.AddMillpond("),
                    StringComparison.Ordinal)
                .Replace("postgresql://user:password@localhost:5432/shop", url, StringComparison.Ordinal)
                .Replace(SqliteKey, PostgreSqlKey, StringComparison.Ordinal));
        });

    private static string Line(string code, string beginning) =>
        code.Split('\n').Single(line => line.StartsWith(beginning, StringComparison.Ordinal)).Trim();

    private async Task<string> CreateAsync(string name, params string[] packages)
    {
        var folder = feed.CreateFolder(name);
        await Dotnet.RunAsync(folder, "new", "web", "--no-restore");
        foreach (var package in packages)
        {
            await Dotnet.RunAsync(folder, "add", "package", package, "--prerelease");
        }

        return folder;
    }

    private static async Task BuildAndTalkAsync(string folder, string program)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), program, Token);
        await Dotnet.BuildAsync(folder, "build", "--no-restore", "--output", "built");
        await using var service = await ServiceProcess.StartAsync(
            folder, Path.Combine(folder, "built", Path.GetFileName(folder)), "--urls", "http://127.0.0.1:0");

        using var created = await service.Client.PostAsJsonAsync("/items", new { name = "kettle" }, Token);
        Assert.Equal((HttpStatusCode.Created, "/items/1"), (created.StatusCode, created.Headers.Location?.ToString()));
        using var refused = await service.Client.PostAsJsonAsync("/items", new { name = "kettle" }, Token);
        Assert.Equal(HttpStatusCode.InternalServerError, refused.StatusCode);
        Assert.Equal("""{"id":1,"name":"kettle"}""", await service.Client.GetStringAsync("/items/1", Token));
        using var missing = await service.Client.GetAsync("/items/2", Token);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }
}
