namespace Millpond.AspNetCore.Responses;

/// <summary>The stream of a <see cref="HeldBody"/>.</summary>
internal sealed class HeldBodyStream(HeldBody body) : Stream
{
    public override bool CanRead => false;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw NotSeekable();

    public override long Position
    {
        get => throw NotSeekable();
        set => throw NotSeekable();
    }

    private Stream Inner => body.Inner.Stream;

    public override void SetLength(long value) => throw NotSeekable();

    public override long Seek(long offset, SeekOrigin origin) => throw NotSeekable();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (body.PassesNow())
        {
            Inner.Write(buffer);
        }
        else if (!body.IsOpen && body.Fits(buffer.Length))
        {
            body.Hold(buffer);
        }
        else
        {
            ThrowIfAsynchronousOnly();
            var bytes = buffer.ToArray();
            Task.Run(() => body.WriteAsync(bytes, CancellationToken.None).AsTask()).GetAwaiter().GetResult();
        }
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    public override void WriteByte(byte value) => Write([value]);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (body.WantsOut || !body.Fits(buffer.Length))
        {
            return body.WriteAsync(buffer, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        body.Hold(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(WriteAsync(buffer, offset, count, CancellationToken.None), callback, state);

    public override void EndWrite(IAsyncResult asyncResult) => TaskToAsyncResult.End(asyncResult);

    /// <summary>Does nothing before the commit point: buffered bytes are sent at the next asynchronous flush or at the end of
    /// the request.</summary>
    public override void Flush()
    {
        if (body.PassesNow())
        {
            Inner.Flush();
        }
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await body.OpenAsync(cancellationToken).ConfigureAwait(false);
        if (body.IsOpen)
        {
            await body.SettleAsync(cancellationToken).ConfigureAwait(false);
            await body.Server.WatchAsync(Inner.FlushAsync(cancellationToken), 0).ConfigureAwait(false);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("The response stream cannot be read.");

    private void ThrowIfAsynchronousOnly()
    {
        if (!body.AllowsSynchronousWrites)
        {
            throw new InvalidOperationException(
                "A synchronous write would send the response, which the server does not allow (AllowSynchronousIO). " +
                "Use WriteAsync, or call FlushAsync before every 64 KiB.");
        }
    }

    private static NotSupportedException NotSeekable() => new("The response stream does not support seeking.");
}
