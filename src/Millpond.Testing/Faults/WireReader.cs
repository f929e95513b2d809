using System.Buffers.Binary;
using System.Net.Sockets;

namespace Millpond.Testing.Faults;

/// <summary>Splits the bytes from one side of a connection into PostgreSQL's messages (protocol 3).</summary>
/// <remarks>A message is buffered until it is complete, because faults occur between messages.</remarks>
internal sealed class WireReader(Socket socket, WireSide side)
{
    private const int CancelCode = 80877102;
    private const int TlsCode = 80877103;
    private const int GssCode = 80877104;

    private byte[] _bytes = new byte[32 * 1024];
    private int _start;
    private int _end;
    private bool _typed = side == WireSide.Server;
    private volatile bool _answerIsByte;
    private volatile bool _opaque;

    /// <summary>Gets whether part of a message has been read.</summary>
    public bool IsIncomplete => _end > _start;

    /// <summary>Expects a single byte from the server: its response to a request for encryption.</summary>
    public void ExpectByte() => _answerIsByte = true;

    /// <summary>The connection is encrypted from here on: every piece counts as a message without a type.</summary>
    public void Encrypted() => _opaque = true;

    /// <summary>Reads the available bytes.</summary>
    /// <returns>False if the side has closed.</returns>
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _bytes.Length)
        {
            Array.Resize(ref _bytes, _bytes.Length * 2);
        }

        var read = await socket.ReceiveAsync(_bytes.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += read;
        return read > 0;
    }

    /// <summary>Takes the next complete message. Its bytes are valid until the next <see cref="FillAsync"/>.</summary>
    public bool TryTake(out char type, out ReadOnlyMemory<byte> bytes)
    {
        var left = _bytes.AsSpan(_start, _end - _start);
        var length = left.IsEmpty ? int.MaxValue : Measure(left, out type);
        type = default;
        bytes = default;
        if (length > left.Length)
        {
            return false;
        }

        Measure(left, out type);
        bytes = _bytes.AsMemory(_start, length);
        _start += length;
        _typed |= type == WireMessage.Startup;
        _answerIsByte &= type != WireMessage.EncryptionAnswer;
        return true;
    }

    private int Measure(ReadOnlySpan<byte> left, out char type)
    {
        type = default;
        if (_opaque)
        {
            return left.Length;
        }

        if (_answerIsByte)
        {
            type = WireMessage.EncryptionAnswer;
            return 1;
        }

        if (_typed)
        {
            type = (char)left[0];
            return left.Length < 5 ? int.MaxValue : BinaryPrimitives.ReadInt32BigEndian(left[1..]) + 1;
        }

        if (left.Length < 8)
        {
            return int.MaxValue;
        }

        type = BinaryPrimitives.ReadInt32BigEndian(left[4..]) switch
        {
            CancelCode => WireMessage.Cancel,
            TlsCode or GssCode => WireMessage.EncryptionRequest,
            _ => WireMessage.Startup,
        };
        return BinaryPrimitives.ReadInt32BigEndian(left);
    }
}
