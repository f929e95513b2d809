using Millpond.Overload.Runs;
using Millpond.Soak.Service;

namespace Millpond.Soak.Load;

/// <summary>A request that has ended.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Began">When it began, since the start of the run.</param>
/// <param name="Ended">When it ended.</param>
/// <param name="Ending">How it ended.</param>
/// <param name="Transfer">The requested transfer, or null.</param>
internal sealed record RequestRecord(
    RequestKind Kind, TimeSpan Began, TimeSpan Ended, RequestEnding Ending, Transfer? Transfer)
{
    public TimeSpan Took => Ended - Began;

    /// <summary>Gets it as a sample for statistics.</summary>
    public Sample Sample => new(Began, Ended, Ending.Kind switch
    {
        EndKind.Done or EndKind.Expected => RequestEnd.Done,
        EndKind.TurnedAway => RequestEnd.Rejected,
        EndKind.Left => RequestEnd.Deadline,
        _ => RequestEnd.Failed,
    });
}
