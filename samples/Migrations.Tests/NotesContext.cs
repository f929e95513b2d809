using Microsoft.EntityFrameworkCore;

namespace Migrations.Tests;

public sealed class NotesContext(DbContextOptions<NotesContext> options) : DbContext(options)
{
    public DbSet<Note> Notes => Set<Note>();
}
