using Microsoft.EntityFrameworkCore;
using Shop.Orders;
using Shop.Products;

namespace Shop.Database;

/// <summary>An ordinary context of EF Core: it knows nothing of sessions.</summary>
public sealed class ShopContext(DbContextOptions<ShopContext> options) : DbContext(options)
{
    public DbSet<Product> Products => Set<Product>();

    public DbSet<Order> Orders => Set<Order>();

    public DbSet<OrderLine> OrderLines => Set<OrderLine>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Product>(product =>
        {
            product.ToTable(table => table.HasCheckConstraint("CK_Products_Stock", "\"Stock\" >= 0"));
            product.HasData(
                new Product { Id = 1, Name = "Teapot", Price = 24_50, Stock = 20 },
                new Product { Id = 2, Name = "Cup", Price = 6_90, Stock = 200 },
                new Product { Id = 3, Name = "Kettle", Price = 59_00, Stock = 5 },
                new Product { Id = 4, Name = "Green tea, 100 g", Price = 8_90, Stock = 50 },
                new Product { Id = 5, Name = "Tray, signed", Price = 120_00, Stock = 1 });
        });
        modelBuilder.Entity<OrderLine>().HasKey(line => new { line.OrderId, line.ProductId });
    }
}
