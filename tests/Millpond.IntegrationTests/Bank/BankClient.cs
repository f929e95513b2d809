using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>Speaks to a bank as any HTTP client would.</summary>
internal sealed class BankClient : IDisposable
{
    public const string Json = "application/json";

    private readonly HttpClient _http;

    public BankClient(Uri address) => _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        BaseAddress = address,
        Timeout = TimeSpan.FromSeconds(40),
    };

    public Uri Address => _http.BaseAddress!;

    public void Dispose() => _http.Dispose();

    public Task<Answer> GetAsync(string path) => SendAsync("GET", path);

    public Task<Answer> PostAsync(string path, string json) => SendAsync("POST", path, Encoding.UTF8.GetBytes(json), Json);

    public async Task<Answer> SendAsync(
        string method, string path, byte[]? body = null, string? type = null, string? accept = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        }

        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        using var response = await _http.SendAsync(request);
        var headers = response.Headers.Concat(response.Content.Headers)
            .Where(h => h.Key is not "Date")
            .ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase);
        return new Answer((int)response.StatusCode, headers, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Opens an account; returns its id.</summary>
    public async Task<long> OpenAccountAsync(long balance, string owner = "ada")
    {
        var answer = await PostAsync("/accounts", JsonSerializer.Serialize(new { owner, balance }));
        Assert.Equal(201, answer.Status);
        return answer.Json.GetProperty("id").GetInt64();
    }

    public Task<Answer> TransferAsync(long from, long to, long amount) =>
        PostAsync("/transfers", JsonSerializer.Serialize(new { from, to, amount }));

    public async Task<long> BalanceAsync(long id)
    {
        var answer = await GetAsync($"/accounts/{id.ToString(CultureInfo.InvariantCulture)}");
        Assert.Equal(200, answer.Status);
        return answer.Json.GetProperty("balance").GetInt64();
    }

    public async Task<Totals> TotalsAsync()
    {
        var answer = await GetAsync("/totals");
        Assert.Equal(200, answer.Status);
        return new Totals(Read("accounts"), Read("balance"), Read("transfers"));

        Int128 Read(string name) =>
            Int128.Parse(answer.Json.GetProperty(name).GetRawText(), NumberStyles.None, CultureInfo.InvariantCulture);
    }

    public sealed record Totals(Int128 Accounts, Int128 Balance, Int128 Transfers);
}
