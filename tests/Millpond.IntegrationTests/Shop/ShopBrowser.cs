using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Xunit;

namespace Millpond.IntegrationTests.Shop;

/// <summary>Clicks through the shop's pages: keeps cookies, follows links, sends forms with all of their fields.</summary>
internal sealed partial class ShopBrowser(Uri address) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = address, Timeout = TimeSpan.FromSeconds(40) };

    /// <summary>The fields of the form that was opened last, as they stand. Some names come more than once.</summary>
    private List<KeyValuePair<string, string>> _fields = [];

    public void Dispose() => _http.Dispose();

    /// <summary>Reads a page that is there.</summary>
    public async Task<string> ReadAsync(string path)
    {
        using var response = await _http.GetAsync(path);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode}\n{text}");
        return WebUtility.HtmlDecode(text);
    }

    public async Task<HttpStatusCode> StatusAsync(string path)
    {
        using var response = await _http.GetAsync(path);
        return response.StatusCode;
    }

    /// <summary>Opens the order form by the link that the products' page has for a product.</summary>
    public async Task OpenFormAsync(long product)
    {
        var link = string.Create(CultureInfo.InvariantCulture, $"/orders/new?product={product}");
        Assert.Contains($"href=\"{link}\"", await ReadAsync("/"), StringComparison.Ordinal);
        var form = await ReadAsync(link);
        _fields = [.. Inputs().Matches(form).Select(input => KeyValuePair.Create(
            Attribute(input.Value, "name"), Attribute(input.Value, "value")))];
        Assert.Single(_fields, IsToken);
    }

    /// <summary>Fills in the form and sends it; an answer that leads elsewhere is followed.</summary>
    public Task<(HttpStatusCode Status, string Path, string Text)> SendFormAsync(
        string email, params (int Line, string Quantity)[] pieces)
    {
        var filled = pieces.ToDictionary(
            one => string.Create(CultureInfo.InvariantCulture, $"Form.Lines[{one.Line}].Quantity"), one => one.Quantity);
        filled["Form.Email"] = email;
        return PostAsync(_fields.Select(
            field => KeyValuePair.Create(field.Key, filled.GetValueOrDefault(field.Key, field.Value))));
    }

    /// <summary>Sends a form that does not have the token which says that it came from the shop's own page.</summary>
    public Task<(HttpStatusCode Status, string Path, string Text)> ForgeAsync(string email) =>
        PostAsync(_fields.Where(field => !IsToken(field)).Select(
            field => field.Key == "Form.Email" ? KeyValuePair.Create(field.Key, email) : field));

    /// <summary>Sends what no form of the shop's sends.</summary>
    public async Task<HttpStatusCode> SendAsync(string body, string type)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8);
        content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(type);
        using var response = await _http.PostAsync("/orders", content);
        return response.StatusCode;
    }

    private static bool IsToken(KeyValuePair<string, string> field) => field.Key == "__RequestVerificationToken";

    private async Task<(HttpStatusCode Status, string Path, string Text)> PostAsync(
        IEnumerable<KeyValuePair<string, string>> fields)
    {
        using var content = new FormUrlEncodedContent(fields);
        using var response = await _http.PostAsync("/orders", content);
        return (
            response.StatusCode,
            response.RequestMessage!.RequestUri!.AbsolutePath,
            WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync()));
    }

    private static string Attribute(string element, string name) =>
        Regex.Match(element, $" {name}=\"([^\"]*)\"").Groups[1].Value;

    [GeneratedRegex("<input [^>]*>")]
    private static partial Regex Inputs();
}
