namespace Millpond.Overload.Runs;

/// <summary>One request.</summary>
/// <param name="Due">When it was due, since the start of the run.</param>
/// <param name="Ended">When it ended, since the start of the run.</param>
/// <param name="End">How it ended.</param>
internal readonly record struct Sample(TimeSpan Due, TimeSpan Ended, RequestEnd End)
{
    /// <summary>Gets the latency since it was due.</summary>
    public TimeSpan Latency => Ended - Due;
}
