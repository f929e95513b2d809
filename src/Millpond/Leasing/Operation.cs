namespace Millpond.Leasing;

/// <summary>A use of a session's connection.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Text">Its SQL text, or its name.</param>
/// <param name="Target">The provider's command or batch, for cancelling it; null if there is none.</param>
internal sealed record Operation(OperationKind Kind, string Text, object? Target = null)
{
    /// <summary>Gets whether it may run in an aborted transaction, because it rolls back to a savepoint.</summary>
    public bool Recovers { get; init; }

    /// <summary>Gets whether its packet must contain nothing else.</summary>
    public bool IsAlone { get; init; }

    /// <summary>Gets whether it needs a transaction even in autocommit mode.</summary>
    public bool Begins { get; init; }

    /// <summary>Gets whether it executes a command, so queued statements can be sent in its packet.</summary>
    public bool Executes { get; init; }

    public static Operation Commit { get; } = new(OperationKind.Boundary, "COMMIT");

    public static Operation Rollback { get; } = new(OperationKind.Boundary, "ROLLBACK");

    public static Operation Begin { get; } = new(OperationKind.Boundary, "BEGIN") { Begins = true };

    public static Operation Open { get; } = new(OperationKind.Command, "OpenAsync");

    public static Operation SendQueued { get; } = new(OperationKind.Command, "Queue");

    public static Operation Schema { get; } = new(OperationKind.Command, "GetSchemaAsync");
}
