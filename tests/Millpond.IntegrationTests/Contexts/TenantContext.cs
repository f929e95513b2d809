using Microsoft.EntityFrameworkCore;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>A context with a property that is set for each request.</summary>
public sealed class TenantContext(DbContextOptions<TenantContext> options) : DbContext(options)
{
    public string? Tenant { get; set; }
}
