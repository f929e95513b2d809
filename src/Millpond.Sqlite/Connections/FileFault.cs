using System.Globalization;
using Microsoft.Data.Sqlite;
using Millpond.Sqlite.Configuration;
using Millpond.Sqlite.Statements;
using SQLitePCL;

namespace Millpond.Sqlite.Connections;

/// <summary>Says of SQLite's errors about a file which file it is, what is the matter with it, and what to do.</summary>
/// <remarks>The errors keep SQLite's words, code and extended code.</remarks>
internal static class FileFault
{
    // What SQLite answers where it notices by itself that the file it has open is not the one at its path.
    private const int Moved = ResultCode.ReadOnly | (4 << 8);

    private const int ReadOnlyFolder = ResultCode.ReadOnly | (6 << 8);

    // SQLite's own limit is 4,294,967,294 pages, and was 1,073,741,823 in older versions: nobody sets those.
    private const long UnlimitedPages = 1_000_000_000;

    /// <summary>Adds the fact and the advice. On the lane's thread.</summary>
    /// <param name="error">SQLite's error.</param>
    /// <param name="file">The database.</param>
    /// <param name="handle">The connection; null while it is not open.</param>
    public static SqliteException Explain(SqliteException error, SqliteFile file, sqlite3? handle) =>
        error is not WriterNeededException && About(error, file, handle) is { } fact
            ? new SqliteException($"{error.Message} {fact}", error.SqliteErrorCode, error.SqliteExtendedErrorCode)
            : error;

    /// <summary>Makes the error for a file that is not at its path any more.</summary>
    public static DatabaseUnavailableException HasMoved(SqliteFile file) => DatabaseUnavailableException.Because(
        file.Name,
        $"The database at {file.Name} was deleted or replaced while it was open, and nothing more is written to the old file. " +
        "Stop the program before you exchange its database; what is at that path now is opened next.",
        LaneSql.Error(Moved, "attempt to write a readonly database"));

    /// <summary>Makes the error for a COMMIT that readers kept waiting too long. It was answered by no, so it is rolled
    /// back.</summary>
    public static DatabaseUnavailableException CommitBlocked(SqliteFile file, TimeSpan waited) =>
        DatabaseUnavailableException.Because(
            file.Name,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The database at {file.Name} was being read for all of the {waited.TotalSeconds:0.0} s that the commit may ") +
            "wait (CleanupTimeout), so it was rolled back. Use journal_mode=wal, where readers block no commit, or end long " +
            "reads sooner.",
            LaneSql.Error(ResultCode.Busy, "database is locked"));

    private static string? About(SqliteException error, SqliteFile file, sqlite3? handle) => error.SqliteErrorCode switch
    {
        ResultCode.Error => AboutTransaction(error),
        ResultCode.ReadOnly => AboutReadOnly(error, file, handle),
        ResultCode.IoError =>
            $"The system could not read or write {file.Name}. Look at the disk, and whether something else changes the file.",
        ResultCode.Corrupt =>
            $"{file.Name} is damaged. Restore it from a backup; PRAGMA integrity_check says what is wrong with it.",
        ResultCode.Full => AboutFull(file, handle),
        ResultCode.CannotOpen => AboutPath(file.Name),
        ResultCode.NotADatabase =>
            $"{file.Name} is no SQLite database, or an encrypted one. Correct the connection string, or restore the file from " +
            "a backup.",
        _ => null,
    };

    /// <summary>Advises where SQLite has no code for what is wrong: VACUUM, PRAGMA synchronous and others need to run
    /// alone.</summary>
    private static string? AboutTransaction(SqliteException error) =>
        error.Message.Contains("within a transaction", StringComparison.Ordinal) ||
        error.Message.Contains("inside a transaction", StringComparison.Ordinal)
            ? "Open the session with Mode = Autocommit for this statement."
            : null;

    private static string AboutReadOnly(SqliteException error, SqliteFile file, sqlite3? handle) =>
        error.SqliteExtendedErrorCode == ReadOnlyFolder
            ? $"The user that runs this program may not write the folder of {file.Name}, where SQLite makes the -wal and -shm " +
                "files of a write-ahead log, or a journal. Allow that; or read a file that never changes by ?immutable=1."
        : error.SqliteExtendedErrorCode != ResultCode.ReadOnly
            ? $"{file.Name} has a write-ahead log, which only a user can read who may write its -wal and -shm files, or make " +
                "them in its folder. Allow that to the user that runs this program."
            : file.IsReadOnly ? $"{file.Name} is opened to be read only. Leave mode=ro out of the connection string to write."
            : handle is not null && raw.sqlite3_db_readonly(handle, "main") == 1
                ? $"The user that runs this program may read {file.Name} and not write it. Change the file's permissions, " +
                    "or its folder's."
            : "The session only reads. Open it with Access = ReadWrite to write.";

    private static string AboutFull(SqliteFile file, sqlite3? handle)
    {
        var isLimited = handle is not null &&
            LaneSql.Read(handle, "PRAGMA max_page_count", out var text) == ResultCode.Ok &&
            long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var pages) &&
            pages < UnlimitedPages;
        return isLimited
            ? $"{file.Name} has reached its limit, max_page_count. Raise the limit, or delete what is not needed any more."
            : $"The disk of {file.Name}, or that of temporary files, has no room left. Make some.";
    }

    private static string? AboutPath(string path) =>
        SqliteFile.IsUri(path) ? null
        : Directory.Exists(path) ? $"{path} is a folder. Name a file in it."
        : Path.GetDirectoryName(path) is { } folder && !Directory.Exists(folder)
            ? $"The folder {folder} does not exist. Make it, or correct the connection string."
        : File.Exists(path)
            ? $"The user that runs this program may not open {path}, or its -wal and -shm files, or may not make these in its " +
                "folder. Change the permissions of the files and of the folder."
        : $"{path} does not exist: it cannot be made, or it was there before and is not made anew. Put it there.";
}
