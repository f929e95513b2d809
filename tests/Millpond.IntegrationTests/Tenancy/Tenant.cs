namespace Millpond.IntegrationTests.Tenancy;

/// <summary>The tenant of a request, found by a middleware.</summary>
public sealed class Tenant
{
    private int? _id;

    /// <summary>Gets or sets its number. Nobody gets anything without one.</summary>
    public int Id
    {
        get => _id ?? throw new InvalidOperationException("No tenant is known.");
        set => _id = value;
    }
}
