using Millpond.Load.Reports;
using Millpond.Soak.Faults;
using Millpond.Soak.Load;
using Millpond.Soak.Money;
using Millpond.Soak.Resources;

namespace Millpond.Soak;

/// <summary>All that a run saw.</summary>
internal sealed record SoakResult
{
    public required IReadOnlyCollection<RequestRecord> Requests { get; init; }

    public required IReadOnlyList<FaultRecord> Faults { get; init; }

    public required IReadOnlyList<GrowthRow> Growth { get; init; }

    /// <summary>Gets how many times the service was looked at.</summary>
    public required int Samples { get; init; }

    /// <summary>Gets what the service held when all was worked off.</summary>
    public required ResourceSample After { get; init; }

    public required MoneyAudit Money { get; init; }

    /// <summary>Gets the generator's own report of the mixed load.</summary>
    public required LoadReport Load { get; init; }
}
