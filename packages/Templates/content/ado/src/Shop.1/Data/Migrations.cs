using System.Reflection;
using Millpond;

namespace Shop._1.Data;

/// <summary>Brings the database up to date with the scripts in Data/Scripts.</summary>
internal static class Migrations
{
    /// <summary>Runs the scripts that the database has not seen, in the order of their names, in one transaction.</summary>
    public static Task MigrateAsync(this WebApplication app) =>
        app.Services.GetRequiredService<DbEngine>().RunAsync(MigrateAsync);

    private static async Task MigrateAsync(DbSession db, CancellationToken ct)
    {
#if (UsePostgreSql)
        await db.ExecuteAsync("select pg_advisory_xact_lock(5100)", ct);   // one instance at a time, until the commit
#endif
        await db.ExecuteAsync("create table if not exists migrations (name text primary key)", ct);
        var done = await db.QueryAsync("select name from migrations", row => row.GetString(0), ct);
        foreach (var name in Scripts.GetManifestResourceNames().Except(done).Order(StringComparer.Ordinal))
        {
            await db.ExecuteAsync(await ReadAsync(name, ct), ct);
            await db.ExecuteAsync("insert into migrations (name) values (@name)", ct, ("name", name));
        }
    }

    private static Assembly Scripts => typeof(Migrations).Assembly;

    private static async Task<string> ReadAsync(string script, CancellationToken ct)
    {
        using var reader = new StreamReader(Scripts.GetManifestResourceStream(script)!);
        return await reader.ReadToEndAsync(ct);
    }
}
