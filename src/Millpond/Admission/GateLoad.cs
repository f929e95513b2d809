namespace Millpond.Admission;

/// <summary>What a policy judges by.</summary>
internal readonly record struct GateLoad
{
    /// <summary>Gets the present timestamp.</summary>
    public required long Now { get; init; }

    public required int Permits { get; init; }

    public required int Waiting { get; init; }

    /// <summary>Gets how long the first in the queue has waited.</summary>
    public required TimeSpan OldestWait { get; init; }

    /// <summary>Gets how long permits are held lately, those included that are out.</summary>
    public required TimeSpan Hold { get; init; }

    /// <summary>Gets whether that is more than a guess: some have come back.</summary>
    public required bool KnowsHold { get; init; }

    /// <summary>Gets how long one more would wait: every permit comes back once per hold (G03).</summary>
    public TimeSpan ExpectedWait => KnowsHold ? (Waiting + 1) * Hold / Permits : TimeSpan.Zero;
}
