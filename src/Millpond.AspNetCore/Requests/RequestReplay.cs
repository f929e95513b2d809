using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Millpond.AspNetCore.Requests;

/// <summary>Has each try of a request read its body from the beginning, as far as that can be (S17).</summary>
/// <remarks>Each try gets a stream of its own: a server keeps the pipe reader of a body by its stream.</remarks>
internal sealed class RequestReplay : IDisposable
{
    private readonly HttpRequest _request;
    private readonly Stream _source;
    private readonly long _start;
    private readonly RecordedBody? _recorded;
    private readonly string? _obstacle;
    private RecordedBodyStream? _reading;
    private bool _hasBegun;

    private RequestReplay(HttpRequest request, long limit)
    {
        _request = request;
        _source = request.Body;
        if (_source.CanSeek)
        {
            _start = _source.Position;
        }
        else if (request.ContentLength > limit)
        {
            _obstacle = RecordedBody.TooLarge(limit);
        }
        else if (HasBody)
        {
            _recorded = new RecordedBody(_source, limit);
        }
    }

    /// <summary>Gets why there can be no further try; null: there can.</summary>
    public string? Obstacle =>
        _obstacle ?? _recorded?.Loss ?? (_recorded is { IsBeingRead: true } ? "its body was still being read" : null);

    private bool HasBody =>
        _request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? _request.ContentLength != 0;

    public static RequestReplay Of(HttpRequest request, long limit) => new(request, limit);

    /// <summary>Sets the body of the next try.</summary>
    public void Begin()
    {
        _reading?.End();
        if (_obstacle is not null)
        {
            return;   // there is no further try, so the body stays as it is
        }

        if (_source.CanSeek)
        {
            _source.Position = _start;
            _request.Body = new RewoundBodyStream(_source);
        }
        else if (_recorded is not null)
        {
            _request.Body = _reading = new RecordedBodyStream(_recorded);
        }
        else if (_hasBegun)
        {
            _request.Body = new MemoryStream([], writable: false);
        }

        _hasBegun = true;
    }

    /// <summary>Gives the request its own body back.</summary>
    public void Dispose()
    {
        _request.Body = _source;
        _recorded?.Dispose();
    }
}
