using System.Globalization;

namespace Millpond;

/// <summary>Where a fault strikes: at the n-th message of one side since it was armed.</summary>
public sealed record FaultPoint(FaultKind Kind, WireSide From, int Number)
{
    /// <summary>Gets the message's type, where only those count; null: every message counts.</summary>
    public char? Type { get; init; }

    /// <summary>Gets what the text of a statement begins with, where only such messages count, in any case; null: all count.
    /// </summary>
    public string? Text { get; init; }

    /// <summary>Gets whether only what begins the execution of a statement inside a transaction counts, but no BEGIN, COMMIT,
    /// ROLLBACK or savepoint.</summary>
    public bool IsStatement { get; init; }

    /// <summary>Gets whether the fault strikes when the server has acted on the message. The answer is lost.</summary>
    public bool WhenAnswered { get; init; }

    /// <summary>Gets the error of <see cref="FaultKind.Error"/>.</summary>
    public string SqlState { get; init; } = "";

    /// <summary>Gets the time of <see cref="FaultKind.Delay"/>.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Gets whether only the messages of one connection count, of that whose client speaks first; else those of all do.
    /// </summary>
    public bool OnOneConnection { get; init; }

    /// <summary>Gets whether the message itself still passes.</summary>
    public bool After { get; init; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Kind} {(After ? "after" : "before")} message {Number} from the {From}");
}
