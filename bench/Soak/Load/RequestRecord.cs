using Millpond.Overload.Runs;
using Millpond.Soak.Service;

namespace Millpond.Soak.Load;

/// <summary>One request, when it has ended.</summary>
/// <param name="Kind">What was asked for.</param>
/// <param name="Began">When, from the start of the run.</param>
/// <param name="Ended">When it ended.</param>
/// <param name="Ending">How.</param>
/// <param name="Transfer">The transfer that was asked for, if one was.</param>
internal sealed record RequestRecord(
    RequestKind Kind, TimeSpan Began, TimeSpan Ended, RequestEnding Ending, Transfer? Transfer)
{
    public TimeSpan Took => Ended - Began;

    /// <summary>Gets it as one of those whose times are looked at.</summary>
    public Sample Sample => new(Began, Ended, Ending.Kind switch
    {
        EndKind.Done or EndKind.Expected => RequestEnd.Done,
        EndKind.TurnedAway => RequestEnd.Rejected,
        EndKind.Left => RequestEnd.Deadline,
        _ => RequestEnd.Failed,
    });
}
