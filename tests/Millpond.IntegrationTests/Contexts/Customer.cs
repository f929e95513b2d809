namespace Millpond.IntegrationTests.Contexts;

public sealed class Customer
{
    public int Id { get; set; }

    public required string Name { get; set; }

    /// <summary>Gets or sets what tells a concurrent change.</summary>
    public uint Version { get; set; }

    public List<Order> Orders { get; } = [];
}
