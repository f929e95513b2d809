namespace Millpond.AspNetCore.Replays;

/// <summary>A request's body as one try reads it; a try that is over reads no more. Disposing it closes nothing.</summary>
/// <param name="body">What keeps the body, at its beginning.</param>
/// <param name="source">Where the rest comes from once too much was kept; null: it can be of any size.</param>
/// <param name="limit">How many bytes are kept.</param>
internal sealed class ReplayedBody(Stream body, Stream? source = null, long limit = long.MaxValue) : Stream
{
    private bool _isOver;

    /// <summary>Gets whether a read is under way: a further try would read beside it.</summary>
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
