using System.Text.Json;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

public abstract class FirstPageContract(BankFixture bank)
{
    private readonly BankClient _bank = bank.Client;

    [Fact]
    public async Task The_start_page_explains_itself_and_its_links_work()
    {
        await _bank.OpenAccountAsync(0);
        var page = await _bank.GetAsync("/");

        Assert.Equal((200, "text/html; charset=utf-8"), (page.Status, page.Header("Content-Type")));
        Assert.Contains("Millpond", page.Text, StringComparison.Ordinal);
        Assert.Contains($"' {_bank.Address.Authority}/accounts", page.Text, StringComparison.Ordinal);
        var links = page.Text.Split("<a href=\"").Skip(1).Select(part => part.Split('"')[0]).ToList();
        string[] all =
        [
            "/accounts", "/transfers", "/transfers/export", "/totals", "/health/live", "/health/ready", "/openapi/v1.json",
            "/metrics", "/scalar/",
        ];
        Assert.Empty(all.Except(links));
        Assert.All(links, link => Assert.StartsWith("/", link, StringComparison.Ordinal));
        foreach (var link in links.Where(link => link != "/accounts/1"))
        {
            Assert.Equal((link, 200), (link, (await _bank.GetAsync(link)).Status));
        }
    }

    [Fact]
    public async Task The_OpenAPI_document_has_every_endpoint_and_its_page_opens()
    {
        var paths = (await _bank.GetAsync("/openapi/v1.json")).Json.GetProperty("paths");
        var page = await _bank.GetAsync("/scalar/");

        Assert.Equal(
            ["/accounts get,post", "/accounts/{id} get", "/health/live get", "/health/ready get", "/totals get",
                "/transfers get,post", "/transfers/export get"],
            paths.EnumerateObject().Select(p => $"{p.Name} {Methods(p.Value)}").Order());
        Assert.Equal((200, "text/html"), (page.Status, page.Header("Content-Type")));
        Assert.DoesNotContain("//cdn", page.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Matches("\"showDeveloperTools\": *\"never\"", page.Text);
        Assert.Matches("\"telemetry\": *false", page.Text);
    }

    private static string Methods(JsonElement path) => string.Join(',', path.EnumerateObject().Select(o => o.Name).Order());

    [Fact]
    public async Task Health_has_live_and_ready_endpoints()
    {
        Assert.Equal(200, (await _bank.GetAsync("/health/live")).Status);
        Assert.Equal(200, (await _bank.GetAsync("/health/ready")).Status);
    }

    [Collection(SqliteBank.Name)]
    public sealed class OnSqlite(SqliteBank bank) : FirstPageContract(bank);

    [Collection(PostgresBank.Name)]
    [Trait("Needs", "PostgreSQL")]
    public sealed class OnPostgreSql(PostgresBank bank) : FirstPageContract(bank);
}
