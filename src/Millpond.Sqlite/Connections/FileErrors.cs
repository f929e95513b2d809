using System.Globalization;
using Microsoft.Data.Sqlite;
using Millpond.Sqlite.Configuration;
using Millpond.Sqlite.Statements;
using SQLitePCL;

namespace Millpond.Sqlite.Connections;

/// <summary>Adds the file, the cause and the advice to SQLite's errors about a file.</summary>
/// <remarks>The errors keep SQLite's text, code and extended code.</remarks>
internal static class FileErrors
{
    // SQLite's code if it detects that the open file is not the one at its path.
    private const int Moved = ResultCode.ReadOnly | (4 << 8);

    private const int ReadOnlyFolder = ResultCode.ReadOnly | (6 << 8);

    // SQLite's own limit is 4,294,967,294 pages, or 1,073,741,823 in older versions. Configured limits are lower.
    private const long UnlimitedPages = 1_000_000_000;

    /// <summary>Adds the cause and the advice. On the lane's thread.</summary>
    /// <param name="error">SQLite's error.</param>
    /// <param name="file">The database.</param>
    /// <param name="handle">The connection, or null if it is not open.</param>
    public static SqliteException Explain(SqliteException error, SqliteFile file, sqlite3? handle) =>
        error is not WriterNeededException && About(error, file, handle) is { } fact
            ? new SqliteException($"{error.Message} {fact}", error.SqliteErrorCode, error.SqliteExtendedErrorCode)
            : error;

    /// <summary>Creates the error for a file that is no longer at its path.</summary>
    public static DatabaseUnavailableException HasMoved(SqliteFile file) => DatabaseUnavailableException.Create(
        file.Name,
        $"The database at {file.Name} was deleted or replaced while it was open, so nothing more is written to the old file. " +
        "Stop the program before you replace its database. New sessions open the file that is at that path now.",
        LaneSql.Error(Moved, "attempt to write a readonly database"));

    /// <summary>Creates the error for a COMMIT that waited too long for readers. SQLite rejected it, so it is rolled
    /// back.</summary>
    public static DatabaseUnavailableException CommitBlocked(SqliteFile file, TimeSpan waited) =>
        DatabaseUnavailableException.Create(
            file.Name,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The database at {file.Name} was being read for the whole {waited.TotalSeconds:0.0} s that the commit may ") +
            "wait (CleanupTimeout), so it was rolled back. Use journal_mode=wal, where readers do not block commits, or end " +
            "long reads sooner.",
            LaneSql.Error(ResultCode.Busy, "database is locked"));

    private static string? About(SqliteException error, SqliteFile file, sqlite3? handle) => error.SqliteErrorCode switch
    {
        ResultCode.Error => AboutTransaction(error),
        ResultCode.ReadOnly => AboutReadOnly(error, file, handle),
        ResultCode.IoError =>
            $"The system could not read or write {file.Name}. Check the disk, and whether another program changes the file.",
        ResultCode.Corrupt =>
            $"{file.Name} is damaged. Restore it from a backup; PRAGMA integrity_check shows the damage.",
        ResultCode.Full => AboutFull(file, handle),
        ResultCode.CannotOpen => AboutPath(file.Name),
        ResultCode.NotADatabase =>
            $"{file.Name} is not a SQLite database, or it is encrypted. Correct the connection string, or restore the file " +
            "from a backup.",
        _ => null,
    };

    /// <summary>Advises on errors for which SQLite has no code: VACUUM, PRAGMA synchronous and others cannot run in a
    /// transaction.</summary>
    private static string? AboutTransaction(SqliteException error) =>
        error.Message.Contains("within a transaction", StringComparison.Ordinal) ||
        error.Message.Contains("inside a transaction", StringComparison.Ordinal)
            ? "Open the session with Mode = Autocommit for this statement."
            : null;

    private static string AboutReadOnly(SqliteException error, SqliteFile file, sqlite3? handle) =>
        error.SqliteExtendedErrorCode == ReadOnlyFolder
            ? $"The process has no write permission for the folder of {file.Name}, where SQLite creates the -wal and -shm " +
                "files or a journal. Grant it; or use ?immutable=1 to read a file that never changes."
        : error.SqliteExtendedErrorCode != ResultCode.ReadOnly
            ? $"{file.Name} has a write-ahead log. To read it, the process needs write permission for its -wal and -shm files, " +
                "or for its folder. Grant it."
            : file.IsReadOnly ? $"{file.Name} is opened read-only. Remove mode=ro from the connection string to write."
            : handle is not null && raw.sqlite3_db_readonly(handle, "main") == 1
                ? $"The process may read {file.Name} but not write it. Change the file's permissions, " +
                    "or its folder's."
            : "The session is read-only.";

    private static string AboutFull(SqliteFile file, sqlite3? handle)
    {
        var isLimited = handle is not null &&
            LaneSql.Read(handle, "PRAGMA max_page_count", out var text) == ResultCode.Ok &&
            long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var pages) &&
            pages < UnlimitedPages;
        return isLimited
            ? $"{file.Name} has reached max_page_count. Raise the limit, or delete data."
            : $"The disk of {file.Name}, or the disk for temporary files, is full. Free some space.";
    }

    private static string? AboutPath(string path) =>
        SqliteFile.IsUri(path) ? null
        : Directory.Exists(path) ? $"{path} is a folder. Use the path of a file."
        : Path.GetDirectoryName(path) is { } folder && !Directory.Exists(folder)
            ? $"The folder {folder} does not exist. Create it, or correct the connection string."
        : File.Exists(path)
            ? $"The process has no permission to open {path} or its -wal and -shm files, or to create these in its " +
                "folder. Change the permissions of the files and of the folder."
        : $"{path} does not exist, and is not created because mode forbids it or because it existed before. Provide the file.";
}
