namespace Millpond.IntegrationTests.Contexts;

public sealed class Order
{
    public int Id { get; set; }

    public int CustomerId { get; set; }

    public decimal Price { get; set; }
}
