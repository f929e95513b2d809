using Millpond.Soak.Faults;
using Millpond.Soak.Load;

namespace Millpond.Soak.Reports;

/// <summary>The effect of a fault on the clients.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="AllWell">The time to the first second in which 95 % of the requests succeeded; null if there was none before
/// the next fault.</param>
/// <param name="TurnedAway">How many requests between its beginning and the next fault got a 503 response.</param>
internal sealed record FaultLook(FaultRecord Fault, TimeSpan? AllWell, int TurnedAway)
{
    public static IReadOnlyList<FaultLook> All(SoakResult result)
    {
        List<RequestRecord> records = [.. result.Requests.OrderBy(record => record.Began)];
        var next = result.Faults.Skip(1).Select(fault => fault.Began).Append(TimeSpan.MaxValue);
        return [.. result.Faults.Zip(next, (fault, until) => Of(fault, until, records))];
    }

    private static FaultLook Of(FaultRecord fault, TimeSpan until, List<RequestRecord> records)
    {
        List<RequestRecord> mine = [.. records.Where(record => record.Began >= fault.Began && record.Began < until)];
        var after = mine.Where(record => record.Kind.IsOrdinary && record.Began >= fault.Ended).Select(record => record.Sample);
        return new FaultLook(
            fault,
            Overload.Runs.Recovery.Find([.. after], fault.Ended),
            mine.Count(record => record.Ending.Kind == EndKind.TurnedAway));
    }
}
