using System.ComponentModel.DataAnnotations;

namespace Shop._1.Items;

/// <summary>An item to be added.</summary>
public sealed record NewItem([Required, StringLength(100)] string Name, [Range(0, 1_000_000)] long Quantity);
