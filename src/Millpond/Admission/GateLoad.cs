namespace Millpond.Admission;

/// <summary>What a policy judges by.</summary>
internal readonly record struct GateLoad
{
    public required long Now { get; init; }

    public required int Permits { get; init; }

    public required int Waiting { get; init; }

    public required TimeSpan OldestWait { get; init; }

    /// <summary>Gets how long permits were held recently, including those that are out.</summary>
    public required TimeSpan Hold { get; init; }

    /// <summary>Gets whether any permit has come back yet.</summary>
    public required bool KnowsHold { get; init; }

    /// <summary>Gets how long one more would wait: every permit comes back once per hold (G03).</summary>
    public TimeSpan ExpectedWait => KnowsHold ? (Waiting + 1) * Hold / Permits : TimeSpan.Zero;
}
