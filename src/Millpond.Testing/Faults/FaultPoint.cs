using System.Globalization;

namespace Millpond;

/// <summary>Where a fault occurs: at the n-th message of one side since it was armed.</summary>
public sealed record FaultPoint(FaultKind Kind, WireSide From, int Number)
{
    /// <summary>Gets the message type to count; null to count every message.</summary>
    public char? Type { get; init; }

    /// <summary>Gets the beginning of the statement texts to count, ignoring case; null to count all.</summary>
    public string? Text { get; init; }

    /// <summary>Gets whether to count only messages that begin to execute a statement inside a transaction, but not BEGIN,
    /// COMMIT, ROLLBACK or a savepoint.</summary>
    public bool IsStatement { get; init; }

    /// <summary>Gets whether the fault occurs after the server has processed the message. Its response is lost.</summary>
    public bool WhenAnswered { get; init; }

    /// <summary>Gets the error of <see cref="FaultKind.Error"/>.</summary>
    public string SqlState { get; init; } = "";

    /// <summary>Gets the time of <see cref="FaultKind.Delay"/>.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Gets the token that ends a <see cref="FaultKind.Delay"/> early.</summary>
    internal CancellationToken Release { get; init; }

    /// <summary>Gets whether to count only the messages of one connection, the one whose client sends first; otherwise those of
    /// all.</summary>
    public bool OnOneConnection { get; init; }

    /// <summary>Gets whether the message itself is still forwarded.</summary>
    public bool After { get; init; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Kind} {(After ? "after" : "before")} message {Number} from the {From}");
}
