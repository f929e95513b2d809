namespace Shop.Reports;

/// <summary>What one product has brought in; cents.</summary>
public sealed record ProductSales(string Name, long Pieces, long Revenue);
