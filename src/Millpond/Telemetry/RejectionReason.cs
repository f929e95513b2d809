namespace Millpond.Telemetry;

/// <summary>Why a session got no connection, apart from a timeout.</summary>
internal enum RejectionReason
{
    Overload,
    Deadline,
    QueueFull,
    Nested,
    Shutdown,
}
