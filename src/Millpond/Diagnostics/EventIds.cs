namespace Millpond.Diagnostics;

/// <summary>The event ids of Millpond's log messages: a hundred per folder, never reused.</summary>
/// <remarks>1800 to 1899 belong to Millpond.Sqlite and 1900 to 1999 to Millpond.PostgreSql, which cannot see this
/// class.</remarks>
internal static class EventIds
{
    // Sessions, 1300-1399
    public const int SessionAbandoned = 1300;
    public const int CleanupFailed = 1301;
    public const int CleanupLate = 1302;
    public const int SynchronousCallAllowed = 1303;
    public const int CancelFailed = 1304;
    public const int LeakSuspected = 1305;
    public const int LeakReturned = 1306;
    public const int ResetFailed = 1307;
    public const int HookFailed = 1308;
    public const int HookLate = 1309;
    public const int HooksDropped = 1310;
    public const int Retried = 1311;
    public const int NotRetried = 1312;
    public const int CommitConfirmed = 1314;
    public const int CommitUnconfirmed = 1315;

    // Connections, 1200-1299
    public const int BecameUnavailable = 1200;
    public const int BecameAvailable = 1201;
    public const int GrowthStopped = 1202;
    public const int ReturnFailed = 1203;
    public const int PoolResetFailed = 1204;

    // Engine, 1400-1499
    public const int EngineDrained = 1401;
    public const int DrainCutShort = 1402;
    public const int RefillFailed = 1403;
    public const int PoolTooLarge = 1404;
    public const int PoolFitsAgain = 1405;
    public const int PoolerBetween = 1406;
    public const int LimitsUnread = 1407;
    public const int ServerFull = 1408;

    // Hosting, 1500-1599
    public const int WarmUpFailed = 1500;
    public const int JobFailed = 1501;
    public const int JobsLeft = 1502;
    public const int JobTooLate = 1503;
    public const int JobCallbackFailed = 1504;
    public const int JobScopeFailed = 1505;
    public const int ScopeFailed = 1506;
    public const int OrdinaryContext = 1507;
    public const int OrdinaryContextOfEngine = 1508;

    // ASP.NET Core requests, 1600-1699
    public const int CommitFailureSwallowed = 1600;
    public const int RolledBackByStatus = 1601;
    public const int ClientStalled = 1602;
    public const int ResponseAborted = 1603;
    public const int RetryImpossible = 1609;
    public const int AttributeIgnored = 1610;

    // ASP.NET Core errors, 1700-1799
    public const int RequestFailed = 1700;
    public const int RequestRejected = 1701;
    public const int RequestConflicted = 1702;
    public const int MoreRequestsRejected = 1703;

    // gRPC, 2000-2099
    public const int CallFailed = 2000;

    // Findings, 2100-2199
    public const int Found = 2100;
}
