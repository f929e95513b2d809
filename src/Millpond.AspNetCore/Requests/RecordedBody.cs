using System.Globalization;

namespace Millpond.AspNetCore.Requests;

/// <summary>A request's body that is kept while it is read, so that the next try reads the same bytes from the beginning
/// (S17).</summary>
/// <remarks>States: <i>kept</i>, then <i>lost</i> if it turns out too large or cannot be written: whoever reads it now reads on,
/// and there is no further try. What the first try did not read the next one reads from the client.</remarks>
internal sealed class RecordedBody(Stream source, long limit) : IDisposable
{
    private readonly KeptBytes _kept = new();

    /// <summary>Gets why it cannot be read from the beginning; null: it can.</summary>
    public string? Loss { get; private set; }

    /// <summary>Gets whether a read is under way.</summary>
    public bool IsBeingRead { get; private set; }

    public static string TooLarge(long limit) =>
        string.Create(CultureInfo.InvariantCulture, $"its body is larger than RetryBodyLimit ({limit:N0} bytes)");

    public async ValueTask<int> ReadAsync(long position, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        IsBeingRead = true;
        try
        {
            if (IsKept(position))
            {
                return await _kept.ReadAsync(position, buffer, cancellationToken).ConfigureAwait(false);
            }

            var read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (Keeps(read))
            {
                await KeepAsync(buffer[..read]).ConfigureAwait(false);
            }

            return read;
        }
        finally
        {
            IsBeingRead = false;
        }
    }

    public int Read(long position, Span<byte> buffer)
    {
        if (IsKept(position))
        {
            return _kept.Read(position, buffer);
        }

        var read = source.Read(buffer);
        if (Keeps(read))
        {
            Keep(buffer[..read]);
        }

        return read;
    }

    public void Dispose()
    {
        Loss ??= "the request has ended";
        _kept.Dispose();
    }

    private static string Unwritten(Exception error) =>
        $"its body could not be kept in a temporary file ({error.Message.TrimEnd('.')})";

    private static bool IsOfTheDisk(Exception error) => error is IOException or UnauthorizedAccessException;

    private bool IsKept(long position) => Loss is null && position < _kept.Length;

    private bool Keeps(int read)
    {
        if (Loss is null && _kept.Length + read > limit)
        {
            Lose(TooLarge(limit));
        }

        return Loss is null;
    }

    private async ValueTask KeepAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await _kept.AppendAsync(bytes).ConfigureAwait(false);
        }
        catch (Exception error) when (IsOfTheDisk(error))
        {
            Lose(Unwritten(error));
        }
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _kept.Append(bytes);
        }
        catch (Exception error) when (IsOfTheDisk(error))
        {
            Lose(Unwritten(error));
        }
    }

    private void Lose(string why)
    {
        Loss = why;
        _kept.Dispose();
    }
}
