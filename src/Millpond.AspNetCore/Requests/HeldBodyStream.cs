namespace Millpond.AspNetCore.Requests;

/// <summary>
/// The stream of a <see cref="HeldBody"/>: seekable until the commit point, so that <c>Response.Clear()</c> works.
/// </summary>
internal sealed class HeldBodyStream(HeldBody body) : Stream
{
    public override bool CanRead => false;

    public override bool CanWrite => true;

    public override bool CanSeek => body.IsOpen ? Inner.CanSeek : true;

    public override long Length => body.IsOpen ? Inner.Length : body.Length;

    public override long Position
    {
        get => body.IsOpen ? Inner.Position : body.Length;
        set => Seek(value, SeekOrigin.Begin);
    }

    private Stream Inner => body.Inner.Stream;

    public override void SetLength(long value)
    {
        if (body.IsOpen)
        {
            Inner.SetLength(value);
        }
        else if (value == 0)
        {
            body.Clear();
        }
        else if (value != body.Length)
        {
            throw new NotSupportedException("A response that is held back can be emptied (SetLength(0)), not cut or filled.");
        }
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        if (body.IsOpen)
        {
            return Inner.Seek(offset, origin);
        }

        var target = origin == SeekOrigin.Begin ? offset : body.Length + offset;
        return target == body.Length
            ? target
            : throw new NotSupportedException("A response is written from its beginning to its end; SetLength(0) empties it.");
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (body.IsOpen)
        {
            Inner.Write(buffer);
            return;
        }

        if (!body.Fits(buffer.Length))
        {
            throw new InvalidOperationException(
                "A synchronous write would have to send the response, and the session can only be committed asynchronously. " +
                "Write with WriteAsync, or flush with FlushAsync before every 64 KiB.");
        }

        body.Hold(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    public override void WriteByte(byte value) => Write([value]);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (body.IsOpen)
        {
            return body.WriteWatchedAsync(buffer, cancellationToken);
        }

        if (body.WantsOut || !body.Fits(buffer.Length))
        {
            return OpenAndWriteAsync(buffer, cancellationToken);
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

    /// <summary>
    /// Does nothing before the commit point: what is held leaves at the next asynchronous flush or at the request's end.
    /// </summary>
    public override void Flush()
    {
        if (body.IsOpen)
        {
            Inner.Flush();
        }
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await body.OpenAsync("the response began", cancellationToken).ConfigureAwait(false);
        await body.SettleAsync(cancellationToken).ConfigureAwait(false);
        await body.WatchAsync(Inner.FlushAsync(cancellationToken)).ConfigureAwait(false);
    }

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("A response cannot be read.");

    private async ValueTask OpenAndWriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        await body.OpenAsync("the response began", cancellationToken).ConfigureAwait(false);
        await body.SettleAsync(cancellationToken).ConfigureAwait(false);
        await body.WriteWatchedAsync(buffer, cancellationToken).ConfigureAwait(false);
    }
}
