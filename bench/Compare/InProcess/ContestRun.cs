using System.Diagnostics;
using Millpond.Compare.Measures;

namespace Millpond.Compare.InProcess;

/// <summary>Runs both sides of a contest alternately, slice by slice.</summary>
internal static class ContestRun
{
    public static async Task<ContestResult> RunAsync(
        Contest contest, int rounds, TimeSpan warmUp, CancellationToken cancellationToken)
    {
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < warmUp;)
        {
            await SliceAsync(contest.Ours, Math.Max(1, contest.Times / 10), cancellationToken);
            await SliceAsync(contest.Theirs, Math.Max(1, contest.Times / 10), cancellationToken);
        }

        List<(double Time, double Bytes)> ours = [];
        List<(double Time, double Bytes)> theirs = [];
        for (var round = 0; round < rounds; round++)
        {
            theirs.Add(await SliceAsync(contest.Theirs, contest.Times, cancellationToken));
            ours.Add(await SliceAsync(contest.Ours, contest.Times, cancellationToken));
        }

        return new ContestResult(
            contest.Name,
            Spread.Of(theirs.Select(static one => one.Time)).Median,
            Spread.Of(ours.Zip(theirs, static (one, other) => one.Time / other.Time)),
            Spread.Of(ours.Select(static one => one.Bytes)).Median,
            Spread.Of(theirs.Select(static one => one.Bytes)).Median);
    }

    private static async Task<(double Time, double Bytes)> SliceAsync(
        Func<Task> work, int times, CancellationToken cancellationToken)
    {
        var bytes = GC.GetTotalAllocatedBytes(precise: true);
        var start = Stopwatch.GetTimestamp();
        for (var time = 0; time < times; time++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await work();
        }

        var took = Stopwatch.GetElapsedTime(start);
        return (took.TotalMicroseconds / times, (GC.GetTotalAllocatedBytes(precise: true) - bytes) / (double)times);
    }
}
