namespace Millpond.Admission;

/// <summary>The load of a gate, for its policy.</summary>
internal readonly record struct GateLoad
{
    public required long Now { get; init; }

    public required int Permits { get; init; }

    public required int Waiting { get; init; }

    public required TimeSpan OldestWait { get; init; }

    /// <summary>Gets how long permits were held recently, including those in use.</summary>
    public required TimeSpan Hold { get; init; }

    /// <summary>Gets whether a permit has been released yet.</summary>
    public required bool KnowsHold { get; init; }

    /// <summary>Gets how long one more caller would wait: every permit is released once per hold time (G03).</summary>
    public TimeSpan ExpectedWait => KnowsHold ? (Waiting + 1) * Hold / Permits : TimeSpan.Zero;
}
