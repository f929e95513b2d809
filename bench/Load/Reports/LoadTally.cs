using HdrHistogram;
using Millpond.Load.Outcomes;

namespace Millpond.Load.Reports;

/// <summary>Counts all requests by their outcome.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class LoadTally
{
    private const int MostOutcomes = 40;   // each has a histogram and a row

    private readonly Lock _lock = new();
    private readonly Dictionary<Outcome, LongHistogram> _outcomes = [];
    private readonly LongHistogram _all = LatencySummary.NewHistogram();
    private readonly LongHistogram _lag = LatencySummary.NewHistogram();
    private long _begun;
    private long _done;
    private long _notSent;

    public LoadProgress Progress
    {
        get
        {
            lock (_lock)
            {
                return new LoadProgress(_begun + _notSent, _all.TotalCount, _done, LatencySummary.Of(_all).P99);
            }
        }
    }

    /// <summary>Records how late a request was sent.</summary>
    public void Began(TimeSpan lag)
    {
        lock (_lock)
        {
            _begun++;
            LatencySummary.Record(_lag, lag);
        }
    }

    /// <summary>Records the end of a request and its latency since it was due.</summary>
    public void Ended(Outcome outcome, TimeSpan latency)
    {
        lock (_lock)
        {
            if (!_outcomes.TryGetValue(outcome, out var histogram))
            {
                outcome = _outcomes.Count < MostOutcomes ? outcome : Outcome.Other(outcome.Kind);
                histogram = _outcomes.GetValueOrDefault(outcome) ?? LatencySummary.NewHistogram();
                _outcomes[outcome] = histogram;
            }

            _done += outcome.Kind == OutcomeKind.Done ? 1 : 0;
            LatencySummary.Record(histogram, latency);
            LatencySummary.Record(_all, latency);
        }
    }

    /// <summary>Records that a request was not sent because too many are outstanding.</summary>
    public void NotSent()
    {
        lock (_lock)
        {
            _notSent++;
        }
    }

    public LoadReport Report(TimeSpan sending, TimeSpan whole, bool openLoop, bool interrupted)
    {
        lock (_lock)
        {
            var rows = _outcomes
                .Select(outcome => new OutcomeRow(outcome.Key, outcome.Value.TotalCount, LatencySummary.Of(outcome.Value)))
                .OrderBy(row => row.Outcome.Kind).ThenByDescending(row => row.Count);
            return new LoadReport
            {
                Outcomes = _notSent == 0 ? [.. rows] : [.. rows, new OutcomeRow(Outcome.NotSent, _notSent, default)],
                Sent = _begun,
                NotSent = _notSent,
                Latency = LatencySummary.Of(_all),
                Lag = openLoop ? LatencySummary.Of(_lag) : null,
                Sending = sending,
                Whole = whole,
                Interrupted = interrupted,
            };
        }
    }
}
