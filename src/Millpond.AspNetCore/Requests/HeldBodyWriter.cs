using System.IO.Pipelines;

namespace Millpond.AspNetCore.Requests;

/// <summary>
/// The pipe writer of a <see cref="HeldBody"/>: a flush is the commit point, <see cref="Advance"/> only grows what is held.
/// </summary>
internal sealed class HeldBodyWriter(HeldBody body) : PipeWriter
{
    private long _unflushed;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _unflushed;

    private PipeWriter Inner => body.Inner.Writer;

    public override Memory<byte> GetMemory(int sizeHint = 0) =>
        body.IsOpen ? Inner.GetMemory(sizeHint) : body.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) =>
        body.IsOpen ? Inner.GetSpan(sizeHint) : body.GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (body.IsOpen)
        {
            Inner.Advance(bytes);
        }
        else
        {
            body.Advance(bytes);
        }

        _unflushed += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        _unflushed = 0;
        return body.IsOpen ? Watched(Inner.FlushAsync(cancellationToken)) : OpenAndFlushAsync(cancellationToken);
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        _unflushed = 0;
        return body.IsOpen && (source.Length <= HeldBody.Piece || !body.IsWatching)
            ? Watched(Inner.WriteAsync(source, cancellationToken))
            : OpenAndWriteAsync(source, cancellationToken);
    }

    public override void CancelPendingFlush() => Inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        if (body.IsOpen)
        {
            Inner.Complete(exception);
        }
        else
        {
            body.CompleteWriter(exception);
        }
    }

    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (!body.IsOpen && exception is not null)
        {
            body.CompleteWriter(exception);
            return;
        }

        await body.OpenAsync("the response was complete", CancellationToken.None).ConfigureAwait(false);
        await body.SettleAsync(CancellationToken.None).ConfigureAwait(false);
        await Inner.CompleteAsync(exception).ConfigureAwait(false);
    }

    private async ValueTask<FlushResult> OpenAndFlushAsync(CancellationToken cancellationToken)
    {
        await body.OpenAsync("the response began", cancellationToken).ConfigureAwait(false);
        return await Watched(Inner.FlushAsync(cancellationToken)).ConfigureAwait(false);
    }

    private async ValueTask<FlushResult> OpenAndWriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        await body.OpenAsync("the response began", cancellationToken).ConfigureAwait(false);
        for (; source.Length > HeldBody.Piece && body.IsWatching; source = source[HeldBody.Piece..])   // see WriteWatchedAsync
        {
            var flushed = await Watched(Inner.WriteAsync(source[..HeldBody.Piece], cancellationToken)).ConfigureAwait(false);
            if (flushed.IsCanceled || flushed.IsCompleted)
            {
                return flushed;
            }
        }

        return await Watched(Inner.WriteAsync(source, cancellationToken)).ConfigureAwait(false);
    }

    private ValueTask<FlushResult> Watched(ValueTask<FlushResult> flush) =>
        flush.IsCompleted ? flush : WatchedAsync(flush.AsTask());

    private async ValueTask<FlushResult> WatchedAsync(Task<FlushResult> flush)
    {
        await body.WatchAsync(flush).ConfigureAwait(false);
        return await flush.ConfigureAwait(false);
    }
}
