using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Millpond.AspNetCore.Responses;

/// <summary>A response body that buffers what is written until the request's sessions are committed (S02, S03). If a reader is
/// open at the first byte, it passes bytes on immediately and commits before the last byte (S09).</summary>
/// <remarks>
/// <para>States: <i>held</i> at first; <i>open</i> after the commit, when everything is written to the server's body;
/// <i>streaming</i> while bytes are sent before the commit; <i>failed</i> after a failed commit: the success response is
/// discarded and its writer gets the exception again, while an error page opens the body. After an exception it discards
/// further writes, which would corrupt the error page. Without a session the first write opens it.</para>
/// <para>Not thread-safe, like a response. Only the commit happens once, however many callers wait for it.</para>
/// </remarks>
internal sealed class HeldBody : IHttpResponseBodyFeature
{
    /// <summary>How many bytes may be written before the commit point.</summary>
    private const int Limit = 64 * 1024;

    private const string Began = "the response began";
    private const string Ended = "the request ended";

    private readonly RequestSession _session;
    private readonly HeldResponse _response;
    private readonly HeldBytes _bytes = new();
    private HeldBodyStream? _stream;
    private HeldBodyWriter? _writer;
    private Task? _opening;
    private Task? _commit;
    private bool _isUnbuffered;
    private bool _isStreaming;
    private long _passed;   // while streaming
    private ExceptionDispatchInfo? _failure;
    private bool _hasPassed;
    private bool _completed;

    public HeldBody(IHttpResponseBodyFeature inner, RequestSession session, HeldResponse response, TimeSpan stallLimit)
    {
        (_session, _response, response.Held) = (session, response, this);
        Server = new PacedBody(inner, session, stallLimit);
        Sessions = new HostedSessions(this, session);
    }

    public Stream Stream => _stream ??= new HeldBodyStream(this);

    public PipeWriter Writer => _writer ??= new HeldBodyWriter(this);

    public HostedSessions Sessions { get; }

    public PacedBody Server { get; }

    public IHttpResponseBodyFeature Inner => Server.Inner;

    public bool IsOpen { get; private set; }

    /// <summary>Gets whether bytes are passed on and nothing is left to commit.</summary>
    public bool IsCommitted => IsOpen && !_isStreaming;

    /// <summary>Gets whether all bytes are passed on. Otherwise the last byte of a stream with a known length is held
    /// back.</summary>
    public bool PassesAll => IsCommitted || (IsOpen && _session.ContentLength is null);

    /// <summary>Gets whether written bytes should be sent: they are unbuffered, or there is nothing to commit.</summary>
    public bool WantsOut => IsOpen || _isUnbuffered || !_session.IsUsed || _commit is { IsCompletedSuccessfully: true };

    public bool AllowsSynchronousWrites => _session.AllowsSynchronousWrites;

    private bool RefusesSuccess => _failure is not null && _session.ReportsSuccess;

    public bool Fits(int count) => _bytes.Length + count <= Limit;

    public void DisableBuffering()
    {
        _isUnbuffered = true;
        Inner.DisableBuffering();
    }

    /// <remarks>gRPC starts a response before it serialises the message, which may fail, so its commit point is the first
    /// flush.</remarks>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (_session.IsCall && _session.IsUsed && !IsOpen)
        {
            _response.CountsAsStarted = true;
            return;
        }

        await OpenAsync(cancellationToken).ConfigureAwait(false);
        await Inner.StartAsync(cancellationToken).ConfigureAwait(false);
        await SettleAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task CompleteAsync()
    {
        await EndAsync("the response was complete").ConfigureAwait(false);
        await Inner.CompleteAsync().ConfigureAwait(false);
    }

    public async Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        if (!PassesAll || _session.IsHolding)   // the client's pace is measured in chunks
        {
            await SendFileFallback.SendFileAsync(Stream, path, offset, count, cancellationToken).ConfigureAwait(false);
            return;
        }

        await SettleAsync(cancellationToken).ConfigureAwait(false);
        await Inner.SendFileAsync(path, offset, count, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reaches the commit point, or the first byte of a stream. Afterwards bytes are passed on.</summary>
    public ValueTask OpenAsync(
        CancellationToken cancellationToken, string how = Began, bool isEnd = false, int coming = 0)
    {
        if (IsOpen)
        {
            return ValueTask.CompletedTask;
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (_failure is not null)
        {
            ThrowIfRefused();
            Open();   // an error page: the session has ended, so there is nothing to wait for
        }
        else if (!OpenUnused(how) && !_response.IsStarting)   // an OnStarting callback runs inside this call
        {
            return new(_opening ??= _commit is null
                ? _commit = CommitAsync(how, isEnd, opens: true, coming)
                : OpenAfterAsync(_commit));
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Opens the body if that needs no commit, because no session was used.</summary>
    /// <returns>Whether the server's own stream can be written to.</returns>
    public bool PassesNow() => (OpenUnused(Began) || PassesAll) && !_hasPassed;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken, coming: bytes.Length).ConfigureAwait(false);
        if (!PassesAll)
        {
            Hold(bytes.Span);
            await FlushAsync(0, cancellationToken).ConfigureAwait(false);
            return;
        }

        await SettleAsync(cancellationToken).ConfigureAwait(false);
        await Server.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens the body and sends everything written so far, except for the last byte of a stream.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<FlushResult> FlushAsync(long written, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        if (!IsOpen)
        {
            return default;   // inside an OnStarting callback
        }

        written += PassesAll ? 0 : PassBuffered();
        _hasPassed = false;
        return await Server.FlushAsync(written, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Commits before the body is opened.</summary>
    public async Task CommitAsync(string how)
    {
        await CommitOnceAsync(how, isEnd: false).ConfigureAwait(false);
        _isStreaming = false;
    }

    /// <summary>Sends the buffered bytes, so that output on another path comes after them.</summary>
    public async ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        if (_hasPassed || !PassesAll)
        {
            await FlushAsync(0, cancellationToken).ConfigureAwait(false);
        }
    }

    public Memory<byte> GetMemory(int sizeHint) => _bytes.GetMemory(sizeHint);

    public void Advance(int count)
    {
        _bytes.Advance(count);
        if (RefusesSuccess)
        {
            _bytes.Clear();   // the next flush throws the failure again
        }
    }

    public void Hold(ReadOnlySpan<byte> bytes)
    {
        ThrowIfRefused();
        _bytes.Append(bytes);
    }

    public void Clear() => _bytes.Clear();

    /// <summary>Notes that the writer was completed. The server's writer is completed when the buffered bytes are
    /// sent.</summary>
    public void CompleteWriter(Exception? error)
    {
        _completed = true;
        if (error is not null)
        {
            _failure ??= ExceptionDispatchInfo.Capture(error);   // half a body is not a success
            _bytes.Clear();
        }
    }

    /// <summary>The end of the pipeline: commits if nothing has committed yet, sends the buffered bytes, and throws an
    /// unhandled failure.</summary>
    public ValueTask FinishAsync() =>
        _failure is null && !_completed && Sessions.Answer is null ? EndAsync(Ended) : FinishSlowlyAsync();

    /// <summary>The end after an exception: discards the buffer and rolls back what is not committed. Never throws.</summary>
    public async Task DiscardAsync(Exception error)
    {
        _bytes.Clear();
        _response.PassOn();
        if (!IsOpen)
        {
            IsOpen = true;
            Server.Sink();
        }

        await _session.AbandonAsync("an exception left the endpoint", error).ConfigureAwait(false);
        if (_isStreaming)
        {
            _session.Abort();   // even if an outer middleware catches the error
        }
    }

    /// <summary>Sends everything that is left, and commits what was streamed.</summary>
    public ValueTask EndAsync(string how) =>
        IsOpen || _opening is not null || _bytes.Length > 0
            ? EndHeldAsync(how)
            : OpenAsync(CancellationToken.None, how, isEnd: true);   // nothing to send, so only commit

    /// <summary>Clears a failure that another component reports: the commit point is past, and nothing is held back.</summary>
    public void ClearFailure()
    {
        (_commit, _opening, _failure, _isStreaming) = (Task.CompletedTask, null, null, false);
    }

    private async ValueTask FinishSlowlyAsync()
    {
        if (_failure is not null)
        {
            await _session.AbandonAsync("the response failed", _failure.SourceException).ConfigureAwait(false);
            if (RefusesSuccess && !IsOpen)
            {
                _session.NoteSwallowed(_failure.SourceException);
            }
        }

        try
        {
            await EndAsync(Ended).ConfigureAwait(false);
        }
        catch (Exception error) when (!IsOpen && Sessions.Answer?.Invoke(error) == true)
        {
            ClearFailure();
            Open();
        }

        if (_completed)
        {
            _completed = false;
            await Inner.Writer.CompleteAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask EndHeldAsync(string how)
    {
        await OpenAsync(CancellationToken.None, how, isEnd: true).ConfigureAwait(false);
        if (_isStreaming)
        {
            _failure?.Throw();
            await CommitStreamAsync(how).ConfigureAwait(false);
            _bytes.MoveTo(Inner.Writer, long.MaxValue);
            _hasPassed = true;
        }

        if (_session.IsUsed)   // otherwise the server sends it when it likes
        {
            await SettleAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private bool OpenUnused(string how)
    {
        if (IsOpen || _session.IsUsed)
        {
            return false;
        }

        Open();
        _session.Pass(how);
        return true;
    }

    private async Task OpenAfterAsync(Task commit)
    {
        await commit.ConfigureAwait(false);
        Open();
    }

    private async Task CommitStreamAsync(string how)
    {
        if (Server.IsDisconnected || _session.IsAborted)
        {
            await _session.AbandonAsync("the client disconnected").ConfigureAwait(false);
            ClearFailure();
            return;
        }

        try
        {
            await CommitOnceAsync(how, isEnd: true).ConfigureAwait(false);
            _isStreaming = false;
        }
        catch (Exception error)
        {
            _session.NoteAborted(error);
            throw;
        }
    }

    /// <summary>Commits once. Opening a stream does not count as a commit.</summary>
    private Task CommitOnceAsync(string how, bool isEnd) =>
        _commit = _commit is null || (_isStreaming && ReferenceEquals(_commit, _opening))
            ? CommitAsync(how, isEnd, opens: false)
            : _commit;

    private async Task CommitAsync(string how, bool isEnd, bool opens, int coming = 0)
    {
        try
        {
            await _response.RunStartingAsync().ConfigureAwait(false);
            if (opens && !isEnd && _session.CanStream && await _session.HasOpenReaderAsync().ConfigureAwait(false))
            {
                _isStreaming = true;
            }
            else
            {
                _session.ThrowIfUnfit(_passed + _bytes.Length + coming, isEnd);
                await _session.CommitAsync(how).ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            _bytes.Clear();
            _failure = ExceptionDispatchInfo.Capture(error);
            _response.StartAgain();
            throw;
        }

        if (opens)
        {
            Open();
        }
    }

    private void Open()
    {
        IsOpen = true;
        _response.PassOn();
        _hasPassed = _bytes.Length > 0;
        PassBuffered();
    }

    /// <summary>Passes on the buffered bytes, except for the last byte of a stream with a known length.</summary>
    private long PassBuffered()
    {
        var most = PassesAll ? long.MaxValue : Math.Max(0, _session.ContentLength!.Value - 1 - _passed);
        var poured = _bytes.MoveTo(Inner.Writer, most);
        _passed += poured;
        return poured;
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
