using System.Globalization;

namespace Millpond.IntegrationTests.Faults;

/// <summary>Where a fault strikes: at the n-th message of one side since it was armed.</summary>
public sealed record FaultPoint(FaultKind Kind, WireSide From, int Number)
{
    /// <summary>Gets the message's type, where only those count; null: every message counts.</summary>
    public char? Type { get; init; }

    /// <summary>Gets whether only the messages of one connection count, of that whose client speaks first; else those of all do.
    /// </summary>
    public bool OnOneConnection { get; init; }

    /// <summary>Gets whether the message itself still passes.</summary>
    public bool After { get; init; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Kind} {(After ? "after" : "before")} message {Number} from the {From}");
}
