using System.Globalization;
using Millpond.Overload.Reports;
using Millpond.Overload.Runs;
using Millpond.Soak.Faults;
using Millpond.Soak.Load;

namespace Millpond.Soak.Reports;

/// <summary>Creates the tables of a run.</summary>
internal static class SoakTables
{
    private static readonly EndKind[] Ends =
    [
        EndKind.Done, EndKind.Expected, EndKind.TurnedAway, EndKind.CommitBroke, EndKind.StreamBroke, EndKind.Left, EndKind.Wrong,
    ];

    public static IReadOnlyList<ReportTable> Of(SoakResult result) =>
        [Requests(result), Endings(result), Faults(result), Growth(result)];

    private static ReportTable Requests(SoakResult result) => new(
        "Requests, by what was asked for",
        [
            "request", "all", "2xx", "404, 500 as meant", "503", "500 MILL3006", "stream broke", "client left", "wrong",
            "p50 ms", "p99 ms", "max ms",
        ],
        [.. Kinds(result).Select(same => Row(same.Key.Name, [.. same])), Row("all", [.. result.Requests])])
    {
        Names = 1,
    };

    private static IEnumerable<IGrouping<RequestKind, RequestRecord>> Kinds(SoakResult result)
    {
        RequestKind[] order = [.. RequestKinds.All, RequestKinds.Burst, RequestKinds.Probe];
        return result.Requests.GroupBy(record => record.Kind).OrderBy(same => Array.IndexOf(order, same.Key));
    }

    private static IReadOnlyList<string> Row(string name, List<RequestRecord> records)
    {
        var times = Percentiles.Of(records.Select(record => record.Sample));
        return
        [
            name, Count(records.Count), .. Ends.Select(end => Count(records.Count(record => record.Ending.Kind == end))),
            Number(times?.P50), Number(times?.P99), Number(records.Max(record => record.Took).TotalMilliseconds),
        ];
    }

    private static ReportTable Endings(SoakResult result) => new(
        "Every way in which requests ended",
        ["ending", "of", "requests"],
        [
            .. from record in result.Requests
               group record by record.Ending.Name into same
               orderby same.Min(record => record.Ending.Kind), same.Count() descending
               select (IReadOnlyList<string>)[same.Key, Whose(same), Count(same.Count())],
        ]);

    private static string Whose(IEnumerable<RequestRecord> records)
    {
        List<string> names = [.. records.Select(record => record.Kind.Name).Distinct()];
        return names.Count > 3 ? Text($"{names.Count} kinds of requests") : string.Join("; ", names);
    }

    private static ReportTable Faults(SoakResult result)
    {
        var looks = FaultLook.All(result);
        return new ReportTable(
            "Faults, and how soon it was over",
            ["fault", "times", "longest, s", "first 2xx, ms", "latest, ms", "all well, s", "latest, s", "503 meanwhile"],
            [
                .. from look in looks
                   group look by look.Fault.Fault into same
                   orderby IndexOf(same.Key)
                   select (IReadOnlyList<string>)
                   [
                       same.Key.Name,
                       Count(same.Count()),
                       Seconds(same.Max(look => look.Fault.Ended - look.Fault.Began)),
                       Number(Median(same.Select(look => look.Fault.FirstAnswer))?.TotalMilliseconds),
                       Number(Latest(same.Select(look => look.Fault.FirstAnswer))?.TotalMilliseconds),
                       Seconds(Median(same.Select(look => look.AllWell))),
                       Seconds(Latest(same.Select(look => look.AllWell))),
                       Count(same.Sum(look => look.TurnedAway)),
                   ],
            ])
        {
            Names = 1,
        };
    }

    private static int IndexOf(Fault fault) => Fault.All.TakeWhile(one => one != fault).Count();

    private static ReportTable Growth(SoakResult result) => new(
        "What the service held: idle, and the median of calm moments under load",
        ["", "idle before", "first quarter", "last quarter", "idle after", "growth", "allowed"],
        [
            .. from row in result.Growth
               select (IReadOnlyList<string>)
               [
                   row.Measure.Name, Tenths(row.IdleBefore), Tenths(row.First), Tenths(row.Last), Tenths(row.IdleAfter),
                   Tenths(row.Last - row.First), Tenths(row.Measure.Allowed),
               ],
        ])
    {
        Names = 1,
    };

    /// <summary>Returns null if one of them is null.</summary>
    private static TimeSpan? Latest(IEnumerable<TimeSpan?> times) => times.Contains(null) ? null : times.Max();

    private static TimeSpan? Median(IEnumerable<TimeSpan?> times)
    {
        TimeSpan[] known = [.. times.OfType<TimeSpan>().Order()];
        return known.Length == 0 ? null : known[known.Length / 2];
    }

    private static string Count(int count) => count == 0 ? "" : Text($"{count:N0}");

    private static string Number(double? number) => number is null ? "never" : Text($"{number:N0}");

    private static string Tenths(double? number) => number is null ? "" : Text($"{number:0.#}");

    private static string Seconds(TimeSpan? time) => time is null ? "never" : Text($"{time.Value.TotalSeconds:0.0}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
