namespace Millpond.Overload.Runs;

/// <summary>One request.</summary>
/// <param name="Due">When it was due, from the start of the run.</param>
/// <param name="Ended">When it ended, from the start of the run.</param>
/// <param name="End">How.</param>
internal readonly record struct Sample(TimeSpan Due, TimeSpan Ended, RequestEnd End)
{
    /// <summary>Gets how long it took, counted from when it was due.</summary>
    public TimeSpan Latency => Ended - Due;
}
