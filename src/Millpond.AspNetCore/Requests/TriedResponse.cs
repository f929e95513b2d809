using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Millpond.AspNetCore.Requests;

/// <summary>A response during one try: what the try wants done at its start is not done once it was given up (S17).</summary>
/// <remarks>A server knows no way to take such a callback back.</remarks>
internal sealed class TriedResponse(IHttpResponseFeature inner) : IHttpResponseFeature
{
    private bool _isGivenUp;

    public int StatusCode
    {
        get => inner.StatusCode;
        set => inner.StatusCode = value;
    }

    public string? ReasonPhrase
    {
        get => inner.ReasonPhrase;
        set => inner.ReasonPhrase = value;
    }

    public IHeaderDictionary Headers
    {
        get => inner.Headers;
        set => inner.Headers = value;
    }

#pragma warning disable CS0618 // Obsolete for those who write; the interface still has it.
    public Stream Body
    {
        get => inner.Body;
        set => inner.Body = value;
    }
#pragma warning restore CS0618

    public bool HasStarted => inner.HasStarted;

    public void GiveUp() => _isGivenUp = true;

    public void OnStarting(Func<object, Task> callback, object state) =>
        inner.OnStarting(given => _isGivenUp ? Task.CompletedTask : callback(given), state);

    /// <remarks>Also of a try that was given up: it frees what the try took.</remarks>
    public void OnCompleted(Func<object, Task> callback, object state) => inner.OnCompleted(callback, state);
}
