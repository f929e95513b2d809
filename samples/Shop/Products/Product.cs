using System.ComponentModel.DataAnnotations;

namespace Shop.Products;

/// <summary>Something to buy.</summary>
public sealed class Product
{
    public long Id { get; init; }

    [MaxLength(100)]
    public required string Name { get; init; }

    /// <summary>Whole cents.</summary>
    public long Price { get; init; }

    /// <summary>How many pieces are left. Only <see cref="Orders.OrderDesk"/> changes it.</summary>
    public int Stock { get; init; }
}
