using Microsoft.EntityFrameworkCore;

namespace Millpond.TestPrices;

internal sealed class SchemaContext(DbContextOptions<SchemaContext> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder) => Schema.Configure(modelBuilder);
}
