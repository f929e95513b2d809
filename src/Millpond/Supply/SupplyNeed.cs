namespace Millpond.Supply;

/// <summary>What somebody wants a connection for.</summary>
internal enum SupplyNeed
{
    /// <summary>Any will do.</summary>
    Any,

    /// <summary>One more: it is of no use to wait for one that somebody has.</summary>
    Growth,
}
