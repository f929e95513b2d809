using Microsoft.EntityFrameworkCore;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>A context on the tables of the request tests.</summary>
public sealed class UsersContext(DbContextOptions<UsersContext> options) : DbContext(options)
{
    public DbSet<User> Users => Set<User>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        var user = modelBuilder.Entity<User>().ToTable("users");
        user.Property(static one => one.Id).HasColumnName("id");
        user.Property(static one => one.Name).HasColumnName("name");
        if (Database.IsNpgsql())
        {
            user.Property(static one => one.Version).IsRowVersion();
        }
        else
        {
            user.Ignore(static one => one.Version);
            user.Property(static one => one.Name).IsConcurrencyToken();
        }
    }
}
