namespace Millpond.AspNetCore.Requests;

/// <summary>What one try reads of a body that somebody outside has made seekable (<c>EnableBuffering</c>): the same stream, as
/// another object, for the request's pipe reader is kept by the object.</summary>
internal sealed class RewoundBodyStream(Stream body) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => body.Length;

    public override long Position
    {
        get => body.Position;
        set => body.Position = value;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        body.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        body.ReadAsync(buffer, offset, count, cancellationToken);

    public override int Read(Span<byte> buffer) => body.Read(buffer);

    public override int Read(byte[] buffer, int offset, int count) => body.Read(buffer, offset, count);

    public override void Flush() => body.Flush();

    public override long Seek(long offset, SeekOrigin origin) => body.Seek(offset, origin);

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
