using System.ComponentModel.DataAnnotations;

namespace Shop.Orders;

/// <summary>How many pieces of one product.</summary>
public sealed class OrderFormLine
{
    public const int Most = 100;

    public long ProductId { get; init; }

    [Range(0, Most)]
    public int Quantity { get; init; }
}
