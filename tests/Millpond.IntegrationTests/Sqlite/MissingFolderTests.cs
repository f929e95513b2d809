using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Sqlite;

public sealed class MissingFolderTests(SqliteRequestDatabase kind) : FileTestBase(kind)
{
    protected override string File => Path.Combine(Folder, "data", "bank.db");

    [Fact]
    public async Task G30_A_missing_folder_is_named_and_used_once_it_exists()
    {
        var engine = Open();
        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => AddAsync(engine));
        Assert.Equal((File, true), (error.Server, error.IsTransient));
        Assert.Equal(14, Assert.IsType<SqliteException>(error.InnerException).SqliteErrorCode);
        Assert.StartsWith(
            $"The database at {File} cannot be opened. SQLite Error 14: 'unable to open database file'. The folder " +
            $"{Path.GetDirectoryName(File)} does not exist. Create it, or correct the connection string.",
            error.Message,
            StringComparison.Ordinal);
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => engine.WarmUpAsync(Token));

        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        Make();
        await engine.WarmUpAsync(Token);
        await AddAsync(engine);
        Assert.Equal(1, CountBehind());
    }

    [Fact]
    public async Task G30_A_site_starts_without_its_folder_and_returns_503_until_it_exists()
    {
        var site = await StartSiteAsync(configure: static options => options.WarmUp = true);
        using var client = ClientOf(site);
        AssertLogged(site, "does not exist. Create it");

        var (write, read) = (await client.PostAsync("/users", ""), await client.GetAsync("/users"));
        Assert.All([write, read], answer =>
        {
            Assert.Equal("MILL2001", answer.AssertProblem(503).GetProperty("code").GetString());
            Assert.Equal("5", answer.Header("Retry-After"));
            AssertTellsNothing(answer);
        });
        Assert.Contains(
            site.Log.Of(LogLevel.Warning),
            line => line.StartsWith($"POST /users was rejected with status 503: The database at {File}", default));
        Assert.Equal(503, (await client.GetAsync("/health")).Status);

        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        Make();
        Assert.Equal((200, 200), ((await client.PostAsync("/users", "")).Status, (await client.GetAsync("/health")).Status));
        Assert.Equal(1, CountBehind());
    }

    [Fact]
    public async Task G30_A_path_to_a_folder_is_reported_as_one()
    {
        Directory.CreateDirectory(File);
        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => AddAsync(Open()));
        Assert.Contains($"{File} is a folder. Use the path of a file.", error.Message, StringComparison.Ordinal);
    }
}
