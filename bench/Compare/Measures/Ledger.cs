namespace Millpond.Compare.Measures;

/// <summary>The figures of a run, for each cell, service and round.</summary>
internal sealed class Ledger
{
    private readonly Dictionary<(Cell Cell, string Peer), List<Figures>> _figures = [];
    private readonly Dictionary<(Workload Workload, string Peer), double> _trips = [];
    private readonly List<Cell> _cells = [];

    public IReadOnlyList<Cell> Cells => _cells;

    public void Add(Cell cell, string peer, Figures figures)
    {
        if (!_cells.Contains(cell))
        {
            _cells.Add(cell);
        }

        if (!_figures.TryGetValue((cell, peer), out var rounds))
        {
            _figures[(cell, peer)] = rounds = [];
        }

        rounds.Add(figures);
    }

    public void AddTrips(Workload workload, string peer, double trips) => _trips[(workload, peer)] = trips;

    /// <summary>Gets a service's round trips per request; NaN if they were not counted.</summary>
    public double Trips(Workload workload, string peer) => _trips.GetValueOrDefault((workload, peer), double.NaN);

    public IReadOnlyList<Figures> Of(Cell cell, string peer) => _figures.GetValueOrDefault((cell, peer)) ?? [];

    /// <summary>Gets the ratio of two services' figures, round by round.</summary>
    public Spread Ratio(Cell cell, string peer, string against, Func<Figures, double> figure) => Spread.Of(
        Of(cell, peer).Zip(Of(cell, against), (one, other) => figure(one) / figure(other)));
}
