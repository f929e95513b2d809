using Microsoft.EntityFrameworkCore;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>A shop with customers and their orders.</summary>
public class ShopContext(DbContextOptions options) : DbContext(options)
{
    public DbSet<Customer> Customers => Set<Customer>();

    public DbSet<Order> Orders => Set<Order>();

    public override Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        if (!Database.IsNpgsql())
        {
            foreach (var changed in ChangeTracker.Entries<Customer>().Where(one => one.State == EntityState.Modified))
            {
                changed.Entity.Version++;   // on PostgreSQL it is the server's xmin
            }
        }

        return base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        var customer = modelBuilder.Entity<Customer>();
        customer.HasIndex(one => one.Name).IsUnique();
        _ = Database.IsNpgsql()
            ? customer.Property(one => one.Version).IsRowVersion()
            : customer.Property(one => one.Version).IsConcurrencyToken();
    }
}
