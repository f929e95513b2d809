using Microsoft.EntityFrameworkCore;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>A context that adds to its options itself.</summary>
public sealed class ConfiguringContext(
    DbContextOptions<ConfiguringContext> options, Action<DbContextOptionsBuilder> configure) : DbContext(options)
{
    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => configure(optionsBuilder);
}
