namespace Shop._1.Items;

/// <summary>A kind of thing in stock.</summary>
public sealed record Item(long Id, string Name, long Quantity);
