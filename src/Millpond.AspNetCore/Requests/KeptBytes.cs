using Microsoft.Win32.SafeHandles;

namespace Millpond.AspNetCore.Requests;

/// <summary>Bytes that are appended once and read again from any position: in memory while they are few, then in a temporary
/// file that only this user can read.</summary>
/// <remarks>Not for several tasks at once.</remarks>
internal sealed class KeptBytes : IDisposable
{
    private const int MostInMemory = 64 * 1024;

    private MemoryStream? _memory = new();
    private FileStream? _file;

    public long Length { get; private set; }

    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (Reserve(bytes.Span) is { } file)
        {
            await RandomAccess.WriteAsync(file, bytes, Length, CancellationToken.None).ConfigureAwait(false);
        }

        Length += bytes.Length;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (Reserve(bytes) is { } file)
        {
            RandomAccess.Write(file, bytes, Length);
        }

        Length += bytes.Length;
    }

    /// <returns>How many were read: at least one, where the position is before the end.</returns>
    public ValueTask<int> ReadAsync(long position, Memory<byte> buffer, CancellationToken cancellationToken) =>
        _file is not null
            ? RandomAccess.ReadAsync(_file.SafeFileHandle, buffer, position, cancellationToken)
            : new(Copy(position, buffer.Span));

    public int Read(long position, Span<byte> buffer) =>
        _file is not null ? RandomAccess.Read(_file.SafeFileHandle, buffer, position) : Copy(position, buffer);

    public void Dispose()
    {
        _file?.Dispose();
        _memory = null;
    }

    private static FileStream CreateFile()
    {
        var folder = Environment.GetEnvironmentVariable("ASPNETCORE_TEMP") ?? Path.GetTempPath();   // where ASP.NET Core buffers
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(Path.Combine(folder, $"millpond-{Guid.NewGuid():N}.tmp"), options);
    }

    /// <summary>Keeps them in memory, or finds the file to keep them in.</summary>
    private SafeFileHandle? Reserve(ReadOnlySpan<byte> bytes)
    {
        if (_memory is null)
        {
            return _file!.SafeFileHandle;
        }

        if (Length + bytes.Length <= MostInMemory)
        {
            _memory.Write(bytes);
            return null;
        }

        _file = CreateFile();
        RandomAccess.Write(_file.SafeFileHandle, _memory.GetBuffer().AsSpan(0, (int)Length), 0);
        _memory = null;
        return _file.SafeFileHandle;
    }

    private int Copy(long position, Span<byte> buffer)
    {
        var kept = _memory!.GetBuffer().AsSpan((int)position, (int)(Length - position));
        var count = Math.Min(kept.Length, buffer.Length);
        kept[..count].CopyTo(buffer);
        return count;
    }
}
