using Microsoft.EntityFrameworkCore;

namespace NamesSite;

/// <summary>The application's context, and by its assembly the application itself.</summary>
public sealed class NamesContext(DbContextOptions<NamesContext> options) : DbContext(options)
{
    public DbSet<Name> Names => Set<Name>();
}
