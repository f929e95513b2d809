using System.Text;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

public abstract class HttpContract(BankFixture bank)
{
    private readonly BankClient _bank = bank.Client;

    [Theory]
    [InlineData("/nothing")]
    [InlineData("/accounts/1/2")]
    [InlineData("/transfers/1")]
    [InlineData("/accounts//")]
    [InlineData("/transfers/export/x")]
    [InlineData("/openapi/v2.json")]
    [InlineData("/appsettings.json")]
    [InlineData("/%2e%2e/appsettings.json")]
    public async Task An_unknown_route_is_404(string path) => (await _bank.GetAsync(path)).AssertProblem(404);

    [Theory]
    [InlineData("DELETE", "/accounts", "GET, HEAD, POST")]
    [InlineData("PUT", "/transfers", "GET, HEAD, POST")]
    [InlineData("POST", "/accounts/1", "GET, HEAD")]
    [InlineData("POST", "/transfers/export", "GET, HEAD")]
    [InlineData("POST", "/totals", "GET, HEAD")]
    [InlineData("POST", "/health/live", "GET, HEAD")]
    [InlineData("POST", "/health/ready", "GET, HEAD")]
    [InlineData("POST", "/", "GET, HEAD")]
    [InlineData("POST", "/openapi/v1.json", "GET, HEAD")]
    [InlineData("OPTIONS", "/totals", "GET, HEAD")]
    [InlineData("BREW", "/totals", "GET, HEAD")]
    public async Task A_wrong_method_is_405_with_Allow(string method, string path, string allow)
    {
        var answer = await _bank.SendAsync(method, path);

        answer.AssertProblem(405);
        Assert.Equal(allow, string.Join(", ", answer.Header("Allow")!.Split(',', StringSplitOptions.TrimEntries).Order()));
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("image/png")]
    [InlineData("application/xml;q=0.9, */*;q=0")]
    [InlineData("nonsense")]
    [InlineData("")]
    public async Task Errors_are_problem_JSON_for_any_Accept_header(string accept)
    {
        var poor = await _bank.OpenAccountAsync(0);
        var rich = await _bank.OpenAccountAsync(1);
        var lacking = Encoding.UTF8.GetBytes($$"""{"from":{{poor}},"to":{{rich}},"amount":1}""");

        (await _bank.SendAsync("GET", "/nothing", accept: accept)).AssertProblem(404);
        (await _bank.SendAsync("GET", "/accounts/999999999999", accept: accept)).AssertProblem(404);
        (await _bank.SendAsync("PUT", "/accounts", accept: accept)).AssertProblem(405);
        (await _bank.SendAsync("GET", "/accounts?limit=0", accept: accept)).AssertInvalid("limit");
        (await _bank.SendAsync("POST", "/accounts", "x"u8.ToArray(), BankClient.Json, accept)).AssertInvalid("body");
        (await _bank.SendAsync("POST", "/accounts", "x"u8.ToArray(), "text/plain", accept)).AssertProblem(415);
        (await _bank.SendAsync("POST", "/accounts", new byte[65_537], BankClient.Json, accept)).AssertProblem(413);
        (await _bank.SendAsync("POST", "/transfers", lacking, BankClient.Json, accept)).AssertProblem(409);
    }

    [Theory]
    [InlineData("/accounts")]
    [InlineData("/accounts?after=0&limit=1")]
    [InlineData("/transfers")]
    [InlineData("/transfers/export")]
    [InlineData("/totals")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/openapi/v1.json")]
    public async Task A_trailing_slash_changes_nothing(string path)
    {
        var question = path.IndexOf('?', StringComparison.Ordinal);
        var slashed = question < 0 ? path + "/" : path.Insert(question, "/");

        var (plain, other) = (await _bank.GetAsync(path), await _bank.GetAsync(slashed));

        Assert.Equal((200, plain.Text), (plain.Status, other.Text));
        Assert.Equal((plain.Status, plain.Header("Content-Type")), (other.Status, other.Header("Content-Type")));
    }

    [Fact]
    public async Task A_trailing_slash_makes_no_difference_for_reads_and_writes()
    {
        var opened = await _bank.SendAsync("POST", "/accounts/", """{"owner":"ada","balance":5}"""u8.ToArray(), BankClient.Json);

        Assert.Equal(201, opened.Status);
        Assert.Equal(opened.Text, (await _bank.GetAsync(opened.Header("Location") + "/")).Text);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/accounts")]
    [InlineData("/accounts/999999999999")]
    [InlineData("/accounts?limit=x")]
    [InlineData("/transfers")]
    [InlineData("/transfers/export")]
    [InlineData("/totals/")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/nothing")]
    public async Task HEAD_is_GET_without_a_body(string path)
    {
        var get = await _bank.GetAsync(path);

        var head = await RawClient.AskAsync(_bank.Address, $"HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        var (top, body) = head.Split("\r\n\r\n", 2) is [var t, var b] ? (t, b) : (head, "no end of the headers");
        Assert.Equal("", body);
        Assert.StartsWith($"HTTP/1.1 {get.Status} ", top, StringComparison.Ordinal);
        Assert.Contains(
            $"\r\nContent-Type: {get.Header("Content-Type")}".Replace(" ", "", StringComparison.Ordinal),
            top.Replace(" ", "", StringComparison.Ordinal),
            StringComparison.Ordinal);
    }

    [Collection(SqliteBank.Name)]
    public sealed class OnSqlite(SqliteBank bank) : HttpContract(bank);

    [Collection(PostgresBank.Name)]
    [Trait("Needs", "PostgreSQL")]
    public sealed class OnPostgreSql(PostgresBank bank) : HttpContract(bank);
}
