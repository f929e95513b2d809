namespace Millpond.Sqlite.Statements;

/// <summary>The SQLite result codes that this provider handles (https://www.sqlite.org/rescode.html).</summary>
internal static class ResultCode
{
    public const int Ok = 0;
    public const int Error = 1;
    public const int Internal = 2;
    public const int Busy = 5;
    public const int Locked = 6;
    public const int NoMemory = 7;
    public const int ReadOnly = 8;
    public const int Interrupt = 9;
    public const int IoError = 10;
    public const int Corrupt = 11;
    public const int Full = 13;
    public const int CannotOpen = 14;
    public const int Protocol = 15;
    public const int Constraint = 19;
    public const int Misuse = 21;
    public const int NotADatabase = 26;
    public const int Row = 100;
    public const int Done = 101;

    /// <summary>Gets the primary code of an extended one.</summary>
    public static int Primary(int code) => code & 0xFF;

    /// <summary>Returns whether this error leaves the connection in an unknown state, so no other session should use
    /// it.</summary>
    public static bool LeavesDoubt(int code) => Primary(code)
        is Internal or NoMemory or IoError or Corrupt or CannotOpen or Protocol or Misuse or NotADatabase;
}
