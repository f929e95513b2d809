using Microsoft.Extensions.Logging;
using Millpond.Diagnostics;

namespace Millpond.Telemetry.Findings;

/// <summary>The log messages of findings.</summary>
internal static partial class FindingLog
{
    [LoggerMessage(EventIds.Found, LogLevel.Warning,
        "Engine '{Engine}': {Finding} {Remedy} {Where}Seen {Count} times so far. [{Id}]")]
    public static partial void Found(
        ILogger logger, string engine, string finding, string remedy, string where, long count, string id);

    /// <summary>Returns whether the place that finds it logs it with more detail, or throws it at the user.</summary>
    public static bool HasOwnLog(this FindingKind kind) => kind is FindingKind.Leak or FindingKind.SynchronousCall
        or FindingKind.PoolTooLarge or FindingKind.SharedSession or FindingKind.NestedSession;
}
