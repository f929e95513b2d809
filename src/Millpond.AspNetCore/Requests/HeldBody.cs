using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Millpond.Hosting;

namespace Millpond.AspNetCore.Requests;

/// <summary>A response body that holds back what is written until the request's session is committed (S02, S03).</summary>
/// <remarks>
/// <para>States: <i>held</i> at first; <i>committed</i> when the sessions are, but nothing has to leave yet (S09); <i>open</i>
/// after that: everything passes to the server's own body, for ever; <i>failed</i> when the commit was refused: what tells of
/// success is dropped and its writer is told again, while an error's page opens the body. A body that an exception left behind is
/// a sink: who still holds it cannot spoil the error's page.</para>
/// <para>As little thread-safe as a response is; only the commit itself happens once, whoever comes while it runs.</para>
/// </remarks>
internal sealed class HeldBody(
    IHttpResponseBodyFeature inner, RequestSession session, TimeSpan stallLimit) : IHttpResponseBodyFeature, IRequestSessions
{
    /// <summary>How much a stream may write before the commit point.</summary>
    private const int Limit = 64 * 1024;

    /// <summary>How much is written at a time where a stall is watched for: a client of 13 kB/s takes it in time.</summary>
    internal const int Piece = 64 * 1024;

    private readonly HeldBytes _bytes = new();
    private IHttpResponseBodyFeature _inner = inner;
    private HeldBodyStream? _stream;
    private HeldBodyWriter? _writer;
    private Task? _opening;
    private Task? _commit;
    private bool _commitBegan;
    private bool _touched;
    private bool _written;
    private bool _isUnbuffered;
    private ExceptionDispatchInfo? _failure;
    private bool _poured;
    private bool _completed;

    public Stream Stream
    {
        get
        {
            _touched = true;
            return _stream ??= new HeldBodyStream(this);
        }
    }

    public PipeWriter Writer
    {
        get
        {
            _touched = true;
            return _writer ??= new HeldBodyWriter(this);
        }
    }

    /// <summary>Gets the body behind this one.</summary>
    public IHttpResponseBodyFeature Inner => _inner;

    /// <summary>Gets whether the commit point is past and bytes pass.</summary>
    public bool IsOpen { get; private set; }

    public long Length => _bytes.Length;

    /// <summary>Gets whether what a stream writes is to leave: it is meant to leave at once, or the commit is done.</summary>
    public bool WantsOut => _isUnbuffered || _commit is { IsCompletedSuccessfully: true };

    /// <summary>Says whether a stream may write that many bytes more before the commit point.</summary>
    public bool Fits(int count) => _bytes.Length + count <= Limit;

    /// <summary>Gets whether there is a session for which a stall of the client would matter.</summary>
    public bool IsWatching => session.IsUsed;

    private bool RefusesSuccess => _failure is not null && session.TellsSuccess;

    /// <summary>Has each write leave at once, as the caller means it: server-sent events do.</summary>
    public void DisableBuffering()
    {
        _isUnbuffered = true;
        _inner.DisableBuffering();
    }

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await OpenAsync("the response began", cancellationToken).ConfigureAwait(false);
        await _inner.StartAsync(cancellationToken).ConfigureAwait(false);
        await SettleAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task CompleteAsync()
    {
        await OpenAsync("the response was complete", CancellationToken.None).ConfigureAwait(false);
        await SettleAsync(CancellationToken.None).ConfigureAwait(false);
        await _inner.CompleteAsync().ConfigureAwait(false);
    }

    public async Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default)
    {
        await OpenAsync("the response began", cancellationToken).ConfigureAwait(false);
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        await WatchAsync(_inner.SendFileAsync(path, offset, count, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Reaches the commit point, if that has not happened: after it, bytes pass.</summary>
    /// <param name="how">What brought it about, for who uses the session later.</param>
    /// <param name="cancellationToken">Counts until the commit begins.</param>
    public ValueTask OpenAsync(string how, CancellationToken cancellationToken)
    {
        if (IsOpen)
        {
            return ValueTask.CompletedTask;
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (_failure is not null)
        {
            ThrowIfRefused();
            Open();   // an error's page: the session is over, so nothing has to wait
            return ValueTask.CompletedTask;
        }

        return new(_opening ??= CommitAndOpenAsync(how));
    }

    /// <summary>Reaches the commit point where it is due: the endpoint streams its result, and its body was written to, or taken
    /// for that. What is held stays held: should the first read fail, the response is still a clean error.</summary>
    /// <remarks>A middleware that takes the body to wrap it comes before the endpoint said what it will write.</remarks>
    public ValueTask CommitIfDueAsync() =>
        !(_written || (_touched && session.HasContentType)) || _commitBegan
            ? ValueTask.CompletedTask   // also for what runs inside the commit itself
            : new(_commit = CommitAsync("the response began"));

    /// <summary>Writes so that a client which takes its time is told from one that takes nothing: piece by piece.</summary>
    public async ValueTask WriteWatchedAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        for (; bytes.Length > Piece && IsWatching; bytes = bytes[Piece..])
        {
            await WatchAsync(_inner.Stream.WriteAsync(bytes[..Piece], cancellationToken)).ConfigureAwait(false);
        }

        await WatchAsync(_inner.Stream.WriteAsync(bytes, cancellationToken)).ConfigureAwait(false);
    }

    /// <inheritdoc cref="WatchAsync(Task)"/>
    public ValueTask WatchAsync(ValueTask write) => write.IsCompleted ? write : WatchAsync(write.AsTask());

    /// <summary>Watches a write that the client holds up: while a connection waits for it, it may not take for ever.</summary>
    public async ValueTask WatchAsync(Task write)
    {
        for (var aborted = false; !write.IsCompleted && session.IsUsed && !aborted;)
        {
            try
            {
                await write.WaitAsync(stallLimit).ConfigureAwait(false);
            }
            catch (TimeoutException) when (!write.IsCompleted)
            {
                aborted = session.AbortIfHolding(stallLimit);
            }
        }

        await write.ConfigureAwait(false);
    }

    async Task IRequestSessions.CommitAsync()
    {
        try
        {
            await (_commit ??= CommitAsync("it was committed by its host")).ConfigureAwait(false);
        }
        catch (Exception)
        {
            Decided();
            throw;
        }
    }

    Exception IRequestSessions.Explain(Exception exception) => session.Explain(exception);

    async Task IRequestSessions.RollbackAsync(string how, Exception? exception)
    {
        await session.AbandonAsync(how, exception).ConfigureAwait(false);
        Decided();
    }

    /// <summary>Reaches the commit point, and ends the sessions: a two-way connection may live for days.</summary>
    public async Task UpgradeAsync()
    {
        const string How = "the connection was upgraded";
        await OpenAsync(How, CancellationToken.None).ConfigureAwait(false);
        await session.UpgradeAsync(How).ConfigureAwait(false);
    }

    /// <summary>Sends on what was held, so that what follows on another way comes after it.</summary>
    public async ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        if (_poured)
        {
            var flush = _inner.Writer.FlushAsync(cancellationToken);
            if (!flush.IsCompleted)
            {
                await WatchAsync(flush.AsTask()).ConfigureAwait(false);
            }
            else
            {
                await flush.ConfigureAwait(false);   // the usual case, which costs nothing
            }

            _poured = false;
        }
    }

    public Memory<byte> GetMemory(int sizeHint)
    {
        _written = true;
        return _bytes.GetMemory(sizeHint);
    }

    public void Advance(int count)
    {
        _bytes.Advance(count);
        if (RefusesSuccess)
        {
            _bytes.Clear();   // its writer will be told at the next flush
        }
    }

    /// <summary>Holds bytes, without bound: the caller sees to the limit.</summary>
    public void Hold(ReadOnlySpan<byte> bytes)
    {
        ThrowIfRefused();
        _written = true;
        _bytes.Append(bytes);
    }

    public void Clear() => _bytes.Clear();

    /// <summary>Notes that the writer was completed; the server's own is completed when what is held has been sent.</summary>
    public void CompleteWriter(Exception? error)
    {
        _completed = true;
        if (error is not null)
        {
            _failure ??= ExceptionDispatchInfo.Capture(error);   // half a body is no success
            _bytes.Clear();
        }
    }

    /// <summary>
    /// The end of the pipeline: commits if no byte did, sends what is held, and tells a failure that nobody told.
    /// </summary>
    public async Task FinishAsync()
    {
        if (_failure is not null)
        {
            await session.AbandonAsync("the response failed", _failure.SourceException).ConfigureAwait(false);
            if (RefusesSuccess && !IsOpen)
            {
                session.NoteSwallowed(_failure.SourceException);
            }
        }

        await OpenAsync("the request ended", CancellationToken.None).ConfigureAwait(false);
        await SettleAsync(CancellationToken.None).ConfigureAwait(false);
        if (_completed)
        {
            _completed = false;
            await _inner.Writer.CompleteAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The end by an exception: drops what is held and rolls back what is not committed. Never throws.</summary>
    public async Task DiscardAsync(Exception error)
    {
        _bytes.Clear();
        if (!IsOpen)
        {
            IsOpen = true;
            _inner = new StreamResponseBodyFeature(Stream.Null);
        }

        await session.AbandonAsync("an exception left the endpoint", error).ConfigureAwait(false);
    }

    /// <summary>Forgets a failure that somebody else tells: the commit point is past, and nothing holds the response.</summary>
    private void Decided()
    {
        _commitBegan = true;
        _commit = Task.CompletedTask;
        _opening = null;
        _failure = null;
    }

    private async Task CommitAndOpenAsync(string how)
    {
        await (_commit ??= CommitAsync(how)).ConfigureAwait(false);
        Open();
    }

    private async Task CommitAsync(string how)
    {
        _commitBegan = true;
        try
        {
            await session.CommitAsync(how).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _bytes.Clear();
            _failure = ExceptionDispatchInfo.Capture(error);
            throw;
        }
    }

    private void Open()
    {
        IsOpen = true;
        if (_bytes.Length > 0)
        {
            _poured = true;
            _bytes.PourInto(_inner.Writer);
        }
        else
        {
            _bytes.Clear();
        }
    }

    private void ThrowIfRefused()
    {
        if (RefusesSuccess)
        {
            _bytes.Clear();
            _failure!.Throw();
        }
    }
}
