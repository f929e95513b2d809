namespace Millpond.IntegrationTests.Contexts;

public sealed class User
{
    public int Id { get; set; }

    public string? Name { get; set; }

    public uint Version { get; set; }
}
