namespace Millpond.IntegrationTests.Tenancy;

/// <summary>A tenant's row. It knows nothing of tenants, except that its text names the one it was written for.</summary>
public sealed class Note
{
    public int Id { get; set; }

    public required string Text { get; set; }
}
