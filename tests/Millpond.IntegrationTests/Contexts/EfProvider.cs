using Microsoft.EntityFrameworkCore;

namespace Millpond.IntegrationTests.Contexts;

internal static class EfProvider
{
    /// <summary>Chooses EF's provider for a database, without a connection.</summary>
    public static void Choose(DbContextOptionsBuilder options, bool isPostgres)
    {
        if (isPostgres)
        {
            options.UseNpgsql();
        }
        else
        {
            options.UseSqlite();
        }
    }
}
