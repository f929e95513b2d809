using System.Buffers;
using System.IO.Pipelines;

namespace Millpond.AspNetCore.Responses;

/// <summary>The pipe writer of a <see cref="HeldBody"/>. A flush is the commit point; <see cref="Advance"/> only extends the
/// buffer.</summary>
internal sealed class HeldBodyWriter(HeldBody body) : PipeWriter
{
    private long _unflushed;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _unflushed;

    private PipeWriter Inner => body.Inner.Writer;

    public override Memory<byte> GetMemory(int sizeHint = 0) =>
        body.PassesAll ? Inner.GetMemory(sizeHint) : body.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) =>
        body.PassesAll ? Inner.GetSpan(sizeHint) : body.GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (body.PassesAll)
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
        var written = _unflushed;
        _unflushed = 0;
        return body.FlushAsync(written, cancellationToken);
    }

    public override async ValueTask<FlushResult> WriteAsync(
        ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        for (; source.Length > PacedBody.Least && body.PassesAll; source = source[PacedBody.Least..])
        {
            this.Write(source.Span[..PacedBody.Least]);
            var flushed = await FlushAsync(cancellationToken).ConfigureAwait(false);
            if (flushed.IsCanceled || flushed.IsCompleted)
            {
                return flushed;
            }
        }

        this.Write(source.Span);
        return await FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public override void CancelPendingFlush() => Inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        if (body.IsCommitted)
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
        if (!body.IsCommitted && exception is not null)
        {
            body.CompleteWriter(exception);
            return;
        }

        await body.EndAsync("the response was complete").ConfigureAwait(false);
        await Inner.CompleteAsync(exception).ConfigureAwait(false);
    }
}
