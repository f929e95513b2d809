using Millpond.AspNetCore.LivePage.Json;

namespace Millpond.AspNetCore.LivePage;

/// <summary>Measures what operations have recently cost an engine's pool. For one caller at a time.</summary>
/// <remarks>It compares the ledger with what it was ten seconds ago, and adds the sessions that hold a connection now. Without
/// an earlier reading it measures since the start.</remarks>
internal sealed class RecentCosts
{
    private const int MaxCosts = 5;

    private readonly Queue<(DateTimeOffset At, Dictionary<string, OperationSnapshot> Ledger)> _readings = new();

    public IReadOnlyList<LiveCost> Next(DateTimeOffset now, EngineSnapshot engine)
    {
        // One reading older than the window stays, because it is where the window begins.
        while (_readings.Count > 1 && now - _readings.ElementAt(1).At >= RecentLoad.Window)
        {
            _readings.Dequeue();
        }

        // If the last viewer left long ago, a comparison would not be recent.
        if (_readings.TryPeek(out var first) && now - first.At > RecentLoad.Window * 2)
        {
            _readings.Clear();
        }

        var window = _readings.TryPeek(out var before) ? now - before.At : TimeSpan.MaxValue;
        var costs = new Dictionary<string, Cost>(StringComparer.Ordinal);
        foreach (var one in engine.Operations)
        {
            var earlier = before.Ledger?.GetValueOrDefault(one.Operation) ?? default;
            costs[one.Operation] = new Cost(
                one.PoolTime - earlier.PoolTime, one.Idle - earlier.Idle, 0, one.Sessions - earlier.Sessions);
        }

        foreach (var holder in engine.Holders)
        {
            var cost = costs.GetValueOrDefault(holder.Operation);
            var held = holder.Held < window ? holder.Held : window;
            var idle = holder.Held > TimeSpan.Zero ? held * (holder.Idle / holder.Held) : TimeSpan.Zero;
            costs[holder.Operation] = new Cost(cost.Held + held, cost.Idle + idle, cost.Holding + 1, cost.Sessions + 1);
        }

        _readings.Enqueue((now, engine.Operations.ToDictionary(static one => one.Operation, StringComparer.Ordinal)));
        return Describe(costs);
    }

    private static LiveCost[] Describe(Dictionary<string, Cost> costs)
    {
        var total = costs.Values.Aggregate(TimeSpan.Zero, static (sum, one) => sum + one.Held);
        return
        [
            .. costs.Where(static one => one.Value.Held > TimeSpan.Zero)
                .OrderByDescending(static one => one.Value.Held)
                .ThenBy(static one => one.Key, StringComparer.Ordinal)
                .Take(MaxCosts)
                .Select(one => new LiveCost(
                    one.Key,
                    one.Value.Held / total,
                    Math.Clamp(one.Value.Idle / one.Value.Held, 0, 1),
                    one.Value.Holding,
                    Math.Round(one.Value.Held.TotalMilliseconds, 1),
                    Math.Round(one.Value.Idle.TotalMilliseconds / Math.Max(1, one.Value.Sessions), 2))),
        ];
    }

    private readonly record struct Cost(TimeSpan Held, TimeSpan Idle, int Holding, long Sessions);
}
