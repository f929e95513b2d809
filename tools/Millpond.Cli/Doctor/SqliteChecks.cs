using System.Runtime.CompilerServices;

namespace Millpond.Cli.Doctor;

/// <summary>The checks of an SQLite file.</summary>
/// <remarks>They read its header and leave it as it is, whereas opening it with an engine would create it, or switch it to
/// WAL.</remarks>
internal static class SqliteChecks
{
    public const string Memory = ":memory:";

    private const int HeaderLength = 100;
    private const int WriteVersion = 18;
    private const byte Wal = 2;

    public static async IAsyncEnumerable<Check> RunAsync(
        string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return Check.Ok("pool", "A file has no connection limit. One session writes at a time, whatever the pool's size.");
        if (path == Memory)
        {
            yield return Check.Note("file", "None: the database is lost when the program ends.");
            yield break;
        }

        var header = await ReadAsync(path, cancellationToken);
        if (header.Length > 0 && !header.AsSpan().StartsWith("SQLite format 3\0"u8))
        {
            yield return Check.Problem("file", "It is not an SQLite database, or it is encrypted.");
            yield break;
        }

        yield return CanWrite(path)
            ? Check.Ok("file", "It can be written.")
            : Check.Problem("file", "It is read-only for this user.");
        yield return header.Length > WriteVersion && header[WriteVersion] == Wal
            ? Check.Ok("journal mode", "WAL: readers and the writer do not wait for each other.")
            : Check.Note(
                "journal mode", "Not WAL yet. The first engine that opens it switches it to WAL, unless journal_mode is set.");
    }

    private static async Task<byte[]> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var header = new byte[HeaderLength];
            return header[..await file.ReadAtLeastAsync(header, HeaderLength, throwOnEndOfStream: false, cancellationToken)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(error.Message);
        }
    }

    private static bool CanWrite(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
