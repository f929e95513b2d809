using Microsoft.EntityFrameworkCore;

namespace Designed;

internal sealed class NotesContext(DbContextOptions<NotesContext> options) : DbContext(options);
