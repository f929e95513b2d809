namespace Millpond.Diagnostics;

/// <summary>The codes of Millpond's errors: a thousand per folder, never reused.</summary>
internal static class ErrorCodes
{
    // Admission, 1000-1999
    public const string PoolTimeout = "MILL1001";
    public const string SessionRejected = "MILL1002";

    // Connections, 2000-2999
    public const string DatabaseUnavailable = "MILL2001";
    public const string ServerFull = "MILL2002";

    // Sessions, 3000-3999
    public const string SessionAborted = "MILL3001";
    public const string SessionEnded = "MILL3002";
    public const string SessionConcurrency = "MILL3003";
    public const string SynchronousCall = "MILL3004";
    public const string SerializationConflict = "MILL3005";
    public const string CommitOutcome = "MILL3006";
    public const string TransactionText = "MILL3007";
    public const string NestedSession = "MILL3008";
    public const string ReadOnlySession = "MILL3009";
    public const string SessionTimeout = "MILL3010";
    public const string QueuedStatement = "MILL3011";

    // ASP.NET Core errors, 6000-6999
    public const string ConstraintAtCommit = "MILL6001";

    // EF Core, 7000-7999
    public const string UnsavedChanges = "MILL7001";
    public const string SetUpOnSession = "MILL7002";
}
