using Shop.Products;

namespace Shop.Orders;

/// <summary>One product of an order.</summary>
public sealed class OrderLine
{
    public long OrderId { get; init; }

    public long ProductId { get; init; }

    public Product? Product { get; init; }

    public int Quantity { get; init; }

    /// <summary>Whole cents for a piece, as it was when the order was placed.</summary>
    public long Price { get; init; }
}
