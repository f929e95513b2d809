using Millpond.Soak.Load;

namespace Millpond.Soak.Reports;

/// <summary>A run second by second, for finding out when something happened.</summary>
internal static class Timeline
{
    private const string Columns =
        "at_s,calm,fault,in_use,waiting,connections,heap_bytes,resident_bytes,files,threads,begun,done,turned_away,longest_ms";

    /// <summary>Returns a line for each sample, with the requests since the previous one.</summary>
    public static IEnumerable<string> Of(SoakResult result)
    {
        yield return Columns;
        List<RequestRecord> requests = [.. result.Requests.OrderBy(request => request.Began)];
        var next = 0;
        foreach (var sample in result.Samples)
        {
            var from = next;
            while (next < requests.Count && requests[next].Began <= sample.At)
            {
                next++;
            }

            var (state, some) = (sample.State, requests[from..next]);
            var fault = result.Faults.FirstOrDefault(fault => fault.Began <= sample.At && sample.At <= fault.Ended)?.Fault.Name;
            yield return FormattableString.Invariant($"{sample.At.TotalSeconds:0.0},{sample.IsCalm},\"{fault}\",")
                + FormattableString.Invariant($"{state.InUse},{state.Waiting},{sample.Connections},{state.Heap},")
                + FormattableString.Invariant($"{state.Resident},{state.Files},{state.Threads},{some.Count},")
                + FormattableString.Invariant($"{some.Count(one => one.Ending.Kind == EndKind.Done)},")
                + FormattableString.Invariant($"{some.Count(one => one.Ending.Kind == EndKind.TurnedAway)},")
                + FormattableString.Invariant($"{some.Select(one => one.Took.TotalMilliseconds).DefaultIfEmpty().Max():0}");
        }
    }
}
