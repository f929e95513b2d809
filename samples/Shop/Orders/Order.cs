using System.ComponentModel.DataAnnotations;

namespace Shop.Orders;

/// <summary>What somebody has bought.</summary>
public sealed class Order
{
    public long Id { get; init; }

    [MaxLength(OrderForm.LongestEmail)]
    public required string Email { get; init; }

    public DateTimeOffset Placed { get; init; }

    public List<OrderLine> Lines { get; init; } = [];

    /// <summary>Whole cents, of the lines that are loaded.</summary>
    public long Total => Lines.Sum(line => line.Quantity * line.Price);
}
