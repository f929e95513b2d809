namespace Millpond;

/// <summary>A notification sent with NOTIFY or <c>pg_notify</c>, or the marker that listening has begun.</summary>
public sealed record PostgreSqlNotification
{
    /// <summary>Gets the channel.</summary>
    public required string Channel { get; init; }

    /// <summary>Gets the text that was sent.</summary>
    /// <value>Null: listening has begun, initially or after the connection was lost. Earlier notifications did not arrive, so
    /// read the current state now.</value>
    public required string? Payload { get; init; }

    /// <summary>Gets the server process that sent it; 0 for the marker.</summary>
    public int ProcessId { get; init; }
}
