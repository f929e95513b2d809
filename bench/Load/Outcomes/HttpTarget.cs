using System.Buffers;
using System.Net;

namespace Millpond.Load.Outcomes;

/// <summary>Sends requests to one server over kept HTTP/1.1 connections, as many as there are requests at once.</summary>
public sealed class HttpTarget : IDisposable
{
    private const int MostKept = 1 << 20;

    private readonly HttpClient _http;

    /// <summary>Makes the client; it connects with the first request.</summary>
    /// <param name="address">What relative addresses are relative to.</param>
    /// <param name="idle">How long an idle connection is kept; 5 minutes, longer than a pause between bursts.</param>
    public HttpTarget(Uri address, TimeSpan? idle = null) => _http = new HttpClient(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        ActivityHeadersPropagator = null,
        PooledConnectionIdleTimeout = idle ?? TimeSpan.FromMinutes(5),
    })
    {
        BaseAddress = address,
        Timeout = Timeout.InfiniteTimeSpan,   // the plan sets the deadline
        DefaultRequestVersion = HttpVersion.Version11,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>Gets the client, for what is not part of the load.</summary>
    public HttpClient Http => _http;

    /// <summary>Sends a request and reads its answer to the last byte.</summary>
    /// <param name="request">Disposed by this.</param>
    /// <param name="cancellationToken">Gives the request up.</param>
    /// <param name="kept">The most of the answer that is kept, in bytes; 1 MiB, more than a page of the bank's lists.</param>
    /// <param name="whole">Whether what is not kept is read too, for its time; else the connection is closed there.</param>
    /// <param name="answered">Sees the answer's head before its body is read.</param>
    /// <returns>The outcome, and the beginning of the answer's body.</returns>
    public async Task<(Outcome Outcome, byte[] Body)> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken, int kept = MostKept, bool whole = true,
        Action<HttpResponseMessage>? answered = null)
    {
        using (request)
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            answered?.Invoke(response);
            var body = await ReadAsync(response.Content, kept, whole, cancellationToken);
            var code = HttpOutcome.CodeOf(response.Content.Headers.ContentType, body);
            return (HttpOutcome.OfAnswer(response.StatusCode, code), body);
        }
    }

    /// <summary>Closes all connections.</summary>
    public void Dispose() => _http.Dispose();

    /// <summary>Reads only the beginning, because a server may never stop sending.</summary>
    private static async Task<byte[]> ReadAsync(
        HttpContent content, int most, bool whole, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        using var kept = new MemoryStream();
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            for (int read; (whole || kept.Length < most) && (read = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                kept.Write(buffer, 0, Math.Min(read, most - (int)kept.Length));
            }

            return kept.ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
