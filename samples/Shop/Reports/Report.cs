namespace Shop.Reports;

/// <summary>What was sold, of one moment; cents.</summary>
public sealed record Report(int Orders, long Revenue, IReadOnlyList<ProductSales> Products);
