using System.Buffers;
using System.IO.Pipelines;

namespace Millpond.AspNetCore.Responses;

/// <summary>Buffered bytes of a response, in pooled memory.</summary>
/// <remarks>Not thread-safe, like a response.</remarks>
internal sealed class HeldBytes
{
    private const int SmallestSegment = 4 * 1024;
    private const int LargestSegment = 64 * 1024;

    private static readonly List<(byte[] Array, int Used)> None = [];

    private List<(byte[] Array, int Used)>? _full;
    private byte[] _last = [];
    private int _used;

    public long Length { get; private set; }

    public Memory<byte> GetMemory(int sizeHint)
    {
        if (_last.Length - _used < Math.Max(1, sizeHint))
        {
            Grow(sizeHint);
        }

        return _last.AsMemory(_used);
    }

    public void Advance(int count)
    {
        if ((uint)count > (uint)(_last.Length - _used))
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, "More bytes than GetMemory returned.");
        }

        _used += count;
        Length += count;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var free = GetMemory(1).Span;
            var part = Math.Min(free.Length, bytes.Length);
            bytes[..part].CopyTo(free);
            Advance(part);
            bytes = bytes[part..];
        }
    }

    /// <summary>Moves bytes from its beginning to a writer, without flushing.</summary>
    public long MoveTo(PipeWriter writer, long most)
    {
        var poured = 0L;
        byte[] left = [];
        try
        {
            foreach (var (array, used) in _full ?? None)
            {
                PassBuffered(array, used);
            }

            PassBuffered(_last, _used);
        }
        finally
        {
            Clear();
        }

        Append(left);
        return poured;

        void PassBuffered(byte[] array, int used)
        {
            var part = (int)Math.Min(used, most - poured);
            if (part > 0)   // writing nothing is an error if there can be no body
            {
                writer.Write(array.AsSpan(0, part));
            }

            left = part == used ? left : [.. left, .. array.AsSpan(part, used - part)];
            poured += part;
        }
    }

    public void Clear()
    {
        foreach (var (array, _) in _full ?? None)
        {
            ArrayPool<byte>.Shared.Return(array);
        }

        if (_last.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_last);
        }

        _full = null;
        _last = [];
        _used = 0;
        Length = 0;
    }

    private void Grow(int sizeHint)
    {
        if (_used > 0)
        {
            (_full ??= []).Add((_last, _used));
        }
        else if (_last.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_last);
        }

        // Each segment is about as large as all before it: few segments for large bodies, little memory for small ones.
        var size = (int)Math.Clamp(Length, SmallestSegment, LargestSegment);
        _last = ArrayPool<byte>.Shared.Rent(Math.Max(size, sizeHint));
        _used = 0;
    }
}
