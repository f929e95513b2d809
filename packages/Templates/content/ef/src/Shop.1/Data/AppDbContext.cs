using Microsoft.EntityFrameworkCore;
using Shop._1.Items;

namespace Shop._1.Data;

/// <summary>The tables. A context works on the session of its request, in its transaction.</summary>
internal sealed class AppDbContext(DbContextOptions<AppDbContext> options) : DbContext(options)
{
    public DbSet<Item> Items => Set<Item>();

    protected override void OnModelCreating(ModelBuilder model) => model.Entity<Item>(item =>
    {
        item.Property(one => one.Name).HasMaxLength(100);
        item.ToTable("items", table => table.HasCheckConstraint("quantity_not_negative", "\"Quantity\" >= 0"));
    });
}
