using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Millpond.AspNetCore.Replays;

namespace Millpond.AspNetCore.Responses;

/// <summary>A response during one try: its <c>OnStarting</c> callbacks run before the commit, so that they belong to the work
/// (S02), and not at all once the try was given up (S17).</summary>
internal sealed class HeldResponse(IHttpResponseFeature inner) : IHttpResponseFeature
{
    private Stack<(Func<object, Task> Callback, object State)>? _ran;
    private Stack<(Func<object, Task> Callback, object State)>? _starting;
    private KeyValuePair<string, StringValues>[]? _headers;   // before the callbacks ran
    private bool _isGivenUp;
    private bool _isPast;

    public HeldBody? Held { get; set; }

    /// <summary>Gets or sets whether the endpoint takes the response for started, although nothing was sent.</summary>
    public bool CountsAsStarted { get; set; }

    public bool IsStarting { get; private set; }

    public int StatusCode
    {
        get => inner.StatusCode;
        set => inner.StatusCode = value;
    }

    /// <remarks><c>Response.Clear()</c> sets it to null, and reaches the body of a stream that can seek only. This is the one
    /// sign of it that a stream which cannot gets.</remarks>
    public string? ReasonPhrase
    {
        get => inner.ReasonPhrase;
        set
        {
            inner.ReasonPhrase = value;
            if (value is null)
            {
                Held?.Clear();
            }
        }
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

    public bool HasStarted => CountsAsStarted || inner.HasStarted;

    public void GiveUp() => _isGivenUp = true;

    public void OnStarting(Func<object, Task> callback, object state)
    {
        if (_isPast || inner.HasStarted)
        {
            PassOn(callback, state);
        }
        else
        {
            (_starting ??= new()).Push((callback, state));
        }
    }

    /// <remarks>Also of a try that was given up: it frees what the try took.</remarks>
    public void OnCompleted(Func<object, Task> callback, object state) => inner.OnCompleted(callback, state);

    /// <summary>Runs the callbacks, the last first, as a server does.</summary>
    public Task RunStartingAsync() => _starting is null ? Task.CompletedTask : RunAllAsync(_starting);

    /// <summary>Has the callbacks run once more, because the commit failed after them: another response starts, with headers of
    /// its own, and it is to have theirs too.</summary>
    public void StartAgain()
    {
        if (_headers is null || _isPast)   // a stream that had begun with them
        {
            return;
        }

        RequestState.Restore(inner.Headers, _headers);
        while (_ran is not null && _ran.TryPop(out var one))
        {
            _starting!.Push((AgainAsync, one));
        }

        static async Task AgainAsync(object state)
        {
            var (callback, given) = ((Func<object, Task>, object))state;
            try
            {
                await callback(given).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // It ran before; what it did with a session is over, and the error is the answer.
            }
        }
    }

    /// <summary>Leaves the callbacks to the server: there is nothing to commit, or an error page is the response.</summary>
    public void PassOn()
    {
        _isPast = true;
        foreach (var (callback, state) in _starting?.Reverse() ?? [])
        {
            PassOn(callback, state);
        }

        _starting = null;
    }

    private async Task RunAllAsync(Stack<(Func<object, Task> Callback, object State)> starting)
    {
        _headers ??= [.. inner.Headers];
        IsStarting = true;
        try
        {
            while (starting.TryPop(out var one))
            {
                await one.Callback(one.State).ConfigureAwait(false);
                (_ran ??= new()).Push(one);
            }
        }
        finally
        {
            IsStarting = false;
        }
    }

    private void PassOn(Func<object, Task> callback, object state) =>
        inner.OnStarting(given => _isGivenUp ? Task.CompletedTask : callback(given), state);
}
