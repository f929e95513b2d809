using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace Millpond.AspNetCore.Replays;

/// <summary>Lets each attempt of a request read the buffered body from the beginning (S17).</summary>
/// <remarks>Each attempt gets its own stream, because a server caches the pipe reader of a body by its stream.</remarks>
internal sealed class RequestReplay : IDisposable
{
    private const int MemoryLimit = 64 * 1024;
    private const int MemoryForUnknownLength = 16 * 1024;

    private readonly HttpRequest _request;
    private readonly Stream _source;
    private readonly long _start;
    private readonly long _limit;
    private readonly FileBufferingReadStream? _kept;
    private readonly bool _isTooLarge;
    private ReplayedBody? _reading;
    private bool _hasBegun;

    private RequestReplay(HttpRequest request, long limit)
    {
        _request = request;
        _source = request.Body;
        _limit = limit;
        if (_source.CanSeek)
        {
            _start = _source.Position;
        }
        else if (request.ContentLength > limit)
        {
            _isTooLarge = true;
        }
        else if (HasBody)
        {
            // The buffer is rented at once: with 64 KiB per body, a hundred waiting requests exhaust the shared pool.
            var memory = (int)Math.Min(request.ContentLength ?? MemoryForUnknownLength, MemoryLimit);
            _kept = new FileBufferingReadStream(_source, memory, bufferLimit: null, FindFolder);
        }
    }

    /// <summary>Gets the reason why the request cannot be retried, or null.</summary>
    public string? Obstacle =>
        _isTooLarge || _kept?.Length > _limit
            ? string.Create(CultureInfo.InvariantCulture, $"its body is larger than RetryBodyLimit ({_limit:N0} bytes)")
        : _reading is { IsBeingRead: true } ? "its body was still being read"
        : null;

    private bool HasBody =>
        _request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? _request.ContentLength != 0;

    public static RequestReplay Of(HttpRequest request, long limit) => new(request, limit);

    public void Begin()
    {
        _reading?.End();
        if (_isTooLarge)
        {
            return;   // no retry is possible, so the body stays unchanged
        }

        if (_source.CanSeek)
        {
            _source.Position = _start;
            _request.Body = _reading = new ReplayedBody(_source);
        }
        else if (_kept is not null)
        {
            _kept.Position = 0;
            _request.Body = _reading = new ReplayedBody(_kept, _source, _limit);
        }
        else if (_hasBegun)
        {
            _request.Body = new MemoryStream([], writable: false);
        }

        _hasBegun = true;
    }

    /// <summary>Restores the original body and deletes the buffer.</summary>
    public void Dispose()
    {
        _reading?.End();
        _request.Body = _source;
        _kept?.Dispose();
    }

    private static string FindFolder() => Environment.GetEnvironmentVariable("ASPNETCORE_TEMP") ?? Path.GetTempPath();
}
