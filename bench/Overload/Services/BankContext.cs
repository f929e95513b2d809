using Microsoft.EntityFrameworkCore;

namespace Millpond.Overload.Services;

/// <summary>The context of the EF Core service.</summary>
internal sealed class BankContext(DbContextOptions<BankContext> options) : DbContext(options)
{
    public DbSet<BankAccount> Accounts => Set<BankAccount>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<BankAccount>(account =>
    {
        account.ToTable("accounts");
        account.Property(one => one.Id).HasColumnName("id").ValueGeneratedNever();
        account.Property(one => one.Balance).HasColumnName("balance");
        account.Property(one => one.Moves).HasColumnName("moves");
    });
}
