namespace Millpond.AspNetCore.Replays;

/// <summary>The request body as one attempt reads it. After the attempt it returns no more data. Disposing it closes
/// nothing.</summary>
/// <param name="body">The buffered body, at its beginning.</param>
/// <param name="source">The source of the rest once the limit is exceeded; null if there is no limit.</param>
/// <param name="limit">How many bytes are buffered.</param>
internal sealed class ReplayedBody(Stream body, Stream? source = null, long limit = long.MaxValue) : Stream
{
    private bool _isOver;

    /// <summary>Gets whether a read is in progress. Another attempt would read concurrently.</summary>
    public bool IsBeingRead { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => source is null;

    public override bool CanWrite => false;

    public override long Length => CanSeek ? body.Length : throw new NotSupportedException();

    public override long Position
    {
        get => CanSeek ? body.Position : throw new NotSupportedException();
        set => Seek(value, SeekOrigin.Begin);
    }

    private Stream Current
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isOver, this);
            return source is not null && body.Position > limit && body.Position == body.Length ? source : body;
        }
    }

    public void End() => _isOver = true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        IsBeingRead = true;
        try
        {
            return await Current.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            IsBeingRead = false;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(Span<byte> buffer) => Current.Read(buffer);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) =>
        CanSeek ? body.Seek(offset, origin) : throw new NotSupportedException();

    public override void Flush()
    {
        // Nothing is written.
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
