using Millpond.Load.Reports;
using Millpond.Soak.Faults;
using Millpond.Soak.Load;
using Millpond.Soak.Money;
using Millpond.Soak.Resources;

namespace Millpond.Soak;

/// <summary>The results of a run.</summary>
internal sealed record SoakResult
{
    /// <summary>Gets the requests since the end of the warm-up.</summary>
    public required IReadOnlyList<RequestRecord> Requests { get; init; }

    public required IReadOnlyList<FaultRecord> Faults { get; init; }

    public required IReadOnlyList<GrowthRow> Growth { get; init; }

    /// <summary>Gets the samples of the service, one per second.</summary>
    public required IReadOnlyList<ResourceSample> Samples { get; init; }

    /// <summary>Gets how often the service did not respond to the sampler.</summary>
    public required int Missed { get; init; }

    /// <summary>Gets the last sample, when all work was done.</summary>
    public required ResourceSample After { get; init; }

    /// <summary>Gets the result of the audit, including the warm-up's transfers.</summary>
    public required MoneyAudit Money { get; init; }

    /// <summary>Gets the generator's report of the mixed load.</summary>
    public required LoadReport Load { get; init; }
}
