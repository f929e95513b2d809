using Millpond.Load.Reports;
using Millpond.Soak.Faults;
using Millpond.Soak.Load;
using Millpond.Soak.Money;
using Millpond.Soak.Resources;

namespace Millpond.Soak;

/// <summary>All that a run saw.</summary>
internal sealed record SoakResult
{
    /// <summary>Gets the requests since the service was warm.</summary>
    public required IReadOnlyList<RequestRecord> Requests { get; init; }

    public required IReadOnlyList<FaultRecord> Faults { get; init; }

    public required IReadOnlyList<GrowthRow> Growth { get; init; }

    /// <summary>Gets what was seen of the service, every second.</summary>
    public required IReadOnlyList<ResourceSample> Samples { get; init; }

    /// <summary>Gets how many times it did not answer who looked.</summary>
    public required int Missed { get; init; }

    /// <summary>Gets what the service held when all was worked off.</summary>
    public required ResourceSample After { get; init; }

    /// <summary>Gets what became of the money, that of the warm-up too.</summary>
    public required MoneyAudit Money { get; init; }

    /// <summary>Gets the generator's own report of the mixed load.</summary>
    public required LoadReport Load { get; init; }
}
