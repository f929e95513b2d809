using Millpond;

namespace Shop._1.Data;

/// <summary>Brings the database up to date with the migrations in Data/Migrations.</summary>
internal static class DatabaseSetUp
{
    /// <summary>Applies the migrations that the database has not seen, one instance of the service at a time.</summary>
    public static Task MigrateAsync(this WebApplication app) =>
        app.Services.GetRequiredService<DbEngine>().MigrateAsync<AppDbContext>();
}
