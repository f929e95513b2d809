using System.Runtime.InteropServices;
using SQLitePCL;

namespace Millpond.Sqlite;

/// <summary>Asks SQLite whether the file that a connection has open is still the one at its path.</summary>
/// <remarks>
/// One that was deleted or replaced lives on for those who have it open: what they commit would be gone with them.
/// </remarks>
internal static class OpenFile
{
    private const string Library = "e_sqlite3";
    private const int HasMovedQuestion = 20;   // SQLITE_FCNTL_HAS_MOVED

    // A handle of another build of SQLite must not be given to this one; the driver's package brings this one.
    private static readonly bool CanAsk =
        raw.GetNativeLibraryName() == Library && NativeLibrary.TryLoad(Library, typeof(OpenFile).Assembly, null, out _);

    /// <summary>Finds out; costs a look at the file system. On the lane's thread.</summary>
    /// <returns>False too where it cannot be known.</returns>
    public static bool HasMoved(sqlite3 handle) =>
        CanAsk && FileControl(handle, 0, HasMovedQuestion, out var moved) == ResultCode.Ok && moved != 0;

    [DllImport(Library, EntryPoint = "sqlite3_file_control", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int FileControl(sqlite3 handle, nint main, int question, out int answer);
}
