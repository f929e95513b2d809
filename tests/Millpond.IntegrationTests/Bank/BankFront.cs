using Microsoft.AspNetCore.Http;
using Millpond.IntegrationTests.Load;

namespace Millpond.IntegrationTests.Bank;

/// <summary>Stands in front of a bank and gives every tenth transfer that was made another answer than the bank's.</summary>
internal sealed class BankFront : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly int _everyTenth;
    private LoadSite? _site;
    private int _made;

    private BankFront(Uri bank, int everyTenth)
    {
        _http = new HttpClient { BaseAddress = bank };
        _everyTenth = everyTenth;
    }

    public string Address => _site!.Address;

    public static async Task<BankFront> StartAsync(Uri bank, int everyTenth)
    {
        var front = new BankFront(bank, everyTenth);
        front._site = await LoadSite.StartAsync((context, _) => front.PassAsync(context));
        return front;
    }

    public async ValueTask DisposeAsync()
    {
        await _site!.DisposeAsync();
        _http.Dispose();
    }

    private async Task PassAsync(HttpContext context)
    {
        var asked = context.Request;
        using var request = new HttpRequestMessage(new HttpMethod(asked.Method), asked.Path + asked.QueryString);
        if (HttpMethods.IsPost(asked.Method))
        {
            request.Content = new StreamContent(asked.Body);
            request.Content.Headers.ContentType = new("application/json");
        }

        using var response = await _http.SendAsync(request, context.RequestAborted);
        var isTransfer = asked.Path == "/transfers" && response.StatusCode == System.Net.HttpStatusCode.Created;
        context.Response.StatusCode = isTransfer && Interlocked.Increment(ref _made) % 10 == 0
            ? _everyTenth
            : (int)response.StatusCode;
        context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
