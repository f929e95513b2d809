using Microsoft.EntityFrameworkCore;

namespace Millpond.IntegrationTests.Faults;

/// <summary>A context on the accounts of a <see cref="ProxiedDatabase"/>.</summary>
public sealed class BalancesContext(DbContextOptions<BalancesContext> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        var balance = modelBuilder.Entity<Balance>().ToTable("accounts");
        balance.Property(static one => one.Id).HasColumnName("id");
        balance.Property(static one => one.Amount).HasColumnName("balance");
    }
}
