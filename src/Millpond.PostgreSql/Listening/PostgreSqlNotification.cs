namespace Millpond;

/// <summary>A notification that was sent by NOTIFY or <c>pg_notify</c>, or the mark that listening has begun.</summary>
public sealed record PostgreSqlNotification
{
    /// <summary>Gets the channel.</summary>
    public required string Channel { get; init; }

    /// <summary>Gets the text that was sent.</summary>
    /// <value>Null: listening has begun, at first or after the connection was lost. Notifications before this moment did not
    /// arrive, so read the present state now.</value>
    public required string? Payload { get; init; }

    /// <summary>Gets the process of the server that sent it; 0 where listening has begun.</summary>
    public int ProcessId { get; init; }
}
