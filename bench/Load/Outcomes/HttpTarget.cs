using System.Net;

namespace Millpond.Load.Outcomes;

/// <summary>Sends requests to one server over kept HTTP/1.1 connections, as many as there are requests at once.</summary>
public sealed class HttpTarget : IDisposable
{
    private readonly HttpClient _http;

    /// <summary>Makes the client; it connects with the first request.</summary>
    /// <param name="address">What relative addresses are relative to.</param>
    public HttpTarget(Uri address) => _http = new HttpClient(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        ActivityHeadersPropagator = null,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),   // longer than a pause between bursts
    })
    {
        BaseAddress = address,
        Timeout = Timeout.InfiniteTimeSpan,   // a deadline is the plan's
        DefaultRequestVersion = HttpVersion.Version11,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>Gets the client, for what is not part of the load.</summary>
    public HttpClient Http => _http;

    /// <summary>Sends a request and reads its answer to the last byte.</summary>
    /// <param name="request">Disposed by this.</param>
    /// <param name="cancellationToken">Gives the request up.</param>
    /// <returns>The outcome, and the answer's body.</returns>
    public async Task<(Outcome Outcome, byte[] Body)> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using (request)
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            var code = HttpOutcome.CodeOf(response.Content.Headers.ContentType, body);
            return (HttpOutcome.OfAnswer(response.StatusCode, code), body);
        }
    }

    /// <summary>Closes all connections.</summary>
    public void Dispose() => _http.Dispose();
}
