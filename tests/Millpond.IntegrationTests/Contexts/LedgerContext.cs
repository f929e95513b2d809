using Microsoft.EntityFrameworkCore;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>A context with a migration.</summary>
public sealed class LedgerContext(DbContextOptions<LedgerContext> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<LedgerLine>();
}
