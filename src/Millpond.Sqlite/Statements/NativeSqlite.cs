using System.Runtime.InteropServices;
using SQLitePCL;

[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]

namespace Millpond.Sqlite.Statements;

/// <summary>SQLite functions that the driver's package lacks or offers only for its own statements.</summary>
/// <remarks>They do nothing if the program uses another build of SQLite, whose handles this one must not get.</remarks>
internal static class NativeSqlite
{
    private const string Library = "e_sqlite3";
    private const int HasMovedQuestion = 20;   // SQLITE_FCNTL_HAS_MOVED

    private static readonly bool IsLoaded =
        raw.GetNativeLibraryName() == Library && NativeLibrary.TryLoad(Library, typeof(NativeSqlite).Assembly, null, out _);

    /// <summary>Returns whether the open file is no longer at its path: it was deleted or replaced, and commits to it are lost.
    /// Costs a file system call.</summary>
    /// <remarks>From any thread while nothing runs on the connection.</remarks>
    public static bool HasMoved(sqlite3 handle) =>
        IsLoaded && FileControl(handle, 0, HasMovedQuestion, out var moved) == ResultCode.Ok && moved != 0;

    /// <summary>Sets what <c>last_insert_rowid()</c> returns.</summary>
    public static void SetLastInsertRowId(sqlite3 handle, long id)
    {
        if (IsLoaded)
        {
            SetLastInsert(handle, id);
        }
    }

    /// <summary>Ends all running queries of a connection.</summary>
    /// <returns>Whether there was one.</returns>
    public static bool ResetStatements(sqlite3 handle)
    {
        var any = false;
        for (var statement = IsLoaded ? Next(handle, 0) : 0; statement != 0; statement = Next(handle, statement))
        {
            // Full-text search and R-trees keep open blobs, which are statements without text.
            if (IsBusy(statement) != 0 && Text(statement) != 0)
            {
                any = true;
                _ = Reset(statement);
            }
        }

        return any;
    }

    [DllImport(Library, EntryPoint = "sqlite3_file_control", ExactSpelling = true)]
    private static extern int FileControl(sqlite3 handle, nint main, int question, out int answer);

    [DllImport(Library, EntryPoint = "sqlite3_set_last_insert_rowid", ExactSpelling = true)]
    private static extern void SetLastInsert(sqlite3 handle, long id);

    [DllImport(Library, EntryPoint = "sqlite3_next_stmt", ExactSpelling = true)]
    private static extern nint Next(sqlite3 handle, nint statement);

    [DllImport(Library, EntryPoint = "sqlite3_stmt_busy", ExactSpelling = true)]
    private static extern int IsBusy(nint statement);

    [DllImport(Library, EntryPoint = "sqlite3_sql", ExactSpelling = true)]
    private static extern nint Text(nint statement);

    [DllImport(Library, EntryPoint = "sqlite3_reset", ExactSpelling = true)]
    private static extern int Reset(nint statement);
}
