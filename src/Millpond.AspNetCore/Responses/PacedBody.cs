using System.Diagnostics;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Millpond.AspNetCore.Responses;

/// <summary>The server's response body, with a check of how fast the client accepts data that holds a connection
/// (S09).</summary>
/// <remarks>Counts the bytes that the client accepted in several seconds in which writes waited for it, regardless of the size
/// and number of writes.</remarks>
internal sealed class PacedBody(IHttpResponseBodyFeature inner, RequestSession session, TimeSpan window)
{
    /// <summary>How many bytes a client must accept in a window, and the size of each write.</summary>
    public const int Least = 16 * 1024;

    private TimeSpan _waited;
    private long _taken;

    public IHttpResponseBodyFeature Inner { get; private set; } = inner;

    /// <summary>Gets whether the client has disconnected, which may be known here before <c>RequestAborted</c> is
    /// cancelled.</summary>
    public bool IsDisconnected { get; private set; }

    public void Sink() => Inner = new StreamResponseBodyFeature(Stream.Null);

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        for (; bytes.Length > Least && session.IsUsed; bytes = bytes[Least..])
        {
            await WriteOnceAsync(bytes[..Least], cancellationToken).ConfigureAwait(false);
        }

        await WriteOnceAsync(bytes, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<FlushResult> FlushAsync(long written, CancellationToken cancellationToken)
    {
        var flush = Inner.Writer.FlushAsync(cancellationToken);
        var flushed = flush.IsCompletedSuccessfully
            ? flush.Result
            : await WatchFlushAsync(flush.AsTask()).ConfigureAwait(false);
        _taken += written;
        IsDisconnected |= flushed.IsCompleted;
        return flushed;
    }

    /// <summary>Waits for a write that the client may delay, with a limit if another session waits for the
    /// connection.</summary>
    public async ValueTask WatchAsync(Task write, long bytes)
    {
        for (var last = Stopwatch.GetTimestamp(); !write.IsCompleted && session.IsUsed;)
        {
            await write.WaitAsync(window / 4).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var now = Stopwatch.GetTimestamp();
            _waited += Stopwatch.GetElapsedTime(last, now);
            last = now;
            if (!write.IsCompleted && IsTooSlow() && session.AbortIfBlocking(Least, window))
            {
                break;
            }
        }

        _taken += bytes;
        await write.ConfigureAwait(false);
    }

    private async ValueTask<FlushResult> WatchFlushAsync(Task<FlushResult> flush)
    {
        await WatchAsync(flush, 0).ConfigureAwait(false);
        return await flush.ConfigureAwait(false);
    }

    private async ValueTask WriteOnceAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var write = Inner.Stream.WriteAsync(bytes, cancellationToken);
        if (write.IsCompleted)
        {
            _taken += bytes.Length;
            await write.ConfigureAwait(false);
        }
        else
        {
            await WatchAsync(write.AsTask(), bytes.Length).ConfigureAwait(false);
        }
    }

    private bool IsTooSlow()
    {
        if (_waited < window)
        {
            return false;
        }

        if (_taken < Least)
        {
            return true;   // and stays so until it has accepted enough
        }

        (_waited, _taken) = (TimeSpan.Zero, 0);
        return false;
    }
}
