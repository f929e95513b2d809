using Microsoft.EntityFrameworkCore;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>A context whose database has a type of its own.</summary>
public sealed class MoodContext(DbContextOptions<MoodContext> options) : DbContext(options)
{
    public DbSet<MoodEntry> Entries => Set<MoodEntry>();
}
