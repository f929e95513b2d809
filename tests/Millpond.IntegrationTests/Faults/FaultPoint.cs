using System.Globalization;

namespace Millpond.IntegrationTests.Faults;

/// <summary>Where a fault strikes: at the n-th message of one side since it was armed.</summary>
public sealed record FaultPoint(FaultKind Kind, WireSide From, int Number)
{
    /// <summary>Gets the message's type, where only those count; null: every message counts.</summary>
    public char? Type { get; init; }

    /// <summary>Gets the connection whose messages count, from 1; null: those of all connections do.</summary>
    public int? Connection { get; init; }

    /// <summary>Gets whether the message itself still passes.</summary>
    public bool After { get; init; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Kind} {(After ? "after" : "before")} message {Number} from the {From}");
}
