using Microsoft.Extensions.Logging;
using Millpond.Diagnostics;

namespace Millpond.Grpc;

/// <summary>The log messages of gRPC calls.</summary>
internal static partial class CallLog
{
    [LoggerMessage(EventIds.CallFailed, LogLevel.Error, "{Method} failed with gRPC status {Status}.")]
    public static partial void CallFailed(ILogger logger, string method, string status, Exception error);
}
