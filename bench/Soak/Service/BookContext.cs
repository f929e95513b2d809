using Microsoft.EntityFrameworkCore;

namespace Millpond.Soak.Service;

/// <summary>The EF Core context of the books.</summary>
internal sealed class BookContext(DbContextOptions<BookContext> options) : DbContext(options)
{
    public DbSet<Account> Accounts => Set<Account>();

    public DbSet<BookedTransfer> Transfers => Set<BookedTransfer>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Account>(account =>
        {
            account.ToTable("accounts");
            account.Property(one => one.Id).HasColumnName("id").ValueGeneratedNever();
            account.Property(one => one.Balance).HasColumnName("balance");
        });
        modelBuilder.Entity<BookedTransfer>(transfer =>
        {
            transfer.ToTable("transfers");
            transfer.Property(one => one.Id).HasColumnName("id");
            transfer.Property(one => one.Key).HasColumnName("key");
            transfer.Property(one => one.Payer).HasColumnName("payer");
            transfer.Property(one => one.Payee).HasColumnName("payee");
            transfer.Property(one => one.Amount).HasColumnName("amount");
        });
    }
}
