using Microsoft.Extensions.Logging;
using Millpond.Diagnostics;

namespace Millpond.Hosting;

/// <summary>The log messages of hosting.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(EventIds.WarmUpFailed, LogLevel.Warning,
        "Engine '{Engine}' could not open its connections before the start: {Reason} The service starts and tries again with " +
        "each request.")]
    public static partial void WarmUpFailed(ILogger logger, string engine, string reason);
}
