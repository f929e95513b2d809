using Microsoft.EntityFrameworkCore;

namespace Millpond.Compare.Services;

/// <summary>The EF Core context of the services.</summary>
internal sealed class BooksContext(DbContextOptions<BooksContext> options) : DbContext(options)
{
    public DbSet<Account> Accounts => Set<Account>();

    public DbSet<Entry> Entries => Set<Entry>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Account>(account =>
        {
            account.ToTable("accounts");
            account.Property(one => one.Id).HasColumnName("id").ValueGeneratedNever();
            account.Property(one => one.Balance).HasColumnName("balance");
            account.Property(one => one.Moves).HasColumnName("moves");
        });
        modelBuilder.Entity<Entry>(entry =>
        {
            entry.ToTable("entries");
            entry.Property(one => one.Id).HasColumnName("id").ValueGeneratedOnAdd();
            entry.Property(one => one.Account).HasColumnName("account");
            entry.Property(one => one.Amount).HasColumnName("amount");
        });
    }
}
