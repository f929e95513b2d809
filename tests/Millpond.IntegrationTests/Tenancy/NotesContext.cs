using Microsoft.EntityFrameworkCore;

namespace Millpond.IntegrationTests.Tenancy;

/// <summary>A context that knows nothing of tenants.</summary>
public sealed class NotesContext(DbContextOptions<NotesContext> options) : DbContext(options)
{
    public DbSet<Note> Notes => Set<Note>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<Note>(static note =>
        {
            note.ToTable("notes");
            note.Property(static one => one.Id).HasColumnName("id");
            note.Property(static one => one.Text).HasColumnName("text");
        });
    }
}
