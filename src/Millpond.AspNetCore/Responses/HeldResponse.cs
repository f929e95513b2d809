using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Millpond.AspNetCore.Replays;

namespace Millpond.AspNetCore.Responses;

/// <summary>The response during one attempt. Its <c>OnStarting</c> callbacks run before the commit, so they belong to the
/// transaction (S02), and do not run if the attempt is abandoned (S17).</summary>
internal sealed class HeldResponse(IHttpResponseFeature inner) : IHttpResponseFeature
{
    private Stack<(Func<object, Task> Callback, object State)>? _ran;
    private Stack<(Func<object, Task> Callback, object State)>? _starting;
    private KeyValuePair<string, StringValues>[]? _headers;   // before the callbacks ran
    private bool _isGivenUp;
    private bool _isPast;

    public HeldBody? Held { get; set; }

    /// <summary>Gets or sets whether the endpoint considers the response started although nothing was sent.</summary>
    public bool CountsAsStarted { get; set; }

    public bool IsStarting { get; private set; }

    public int StatusCode
    {
        get => inner.StatusCode;
        set => inner.StatusCode = value;
    }

    /// <remarks><c>Response.Clear()</c> sets it to null. For a stream that cannot seek, this is the only sign that <c>Clear</c>
    /// was called.</remarks>
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

    /// <remarks>Also for an abandoned attempt, because the callback frees what the attempt took.</remarks>
    public void OnCompleted(Func<object, Task> callback, object state) => inner.OnCompleted(callback, state);

    /// <summary>Runs the callbacks in reverse order, like a server.</summary>
    public Task RunStartingAsync() => _starting is null ? Task.CompletedTask : RunAllAsync(_starting);

    /// <summary>Makes the callbacks run again after a failed commit, because another response with its own headers
    /// starts.</summary>
    public void StartAgain()
    {
        if (_headers is null || _isPast)   // a stream that had begun with them
        {
            return;
        }

        RequestState.Restore(inner.Headers, _headers);
        while (_ran is not null && _ran.TryPop(out var one))
        {
            _starting!.Push((RepeatAsync, one));
        }

        static async Task RepeatAsync(object state)
        {
            var (callback, given) = ((Func<object, Task>, object))state;
            try
            {
                await callback(given).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // It ran before. Its session work has ended, and the error is the response.
            }
        }
    }

    /// <summary>Leaves the callbacks to the server, because there is nothing to commit or an error page is the
    /// response.</summary>
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
