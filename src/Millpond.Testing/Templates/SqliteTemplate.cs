using Microsoft.Data.Sqlite;

namespace Millpond.Testing.Templates;

/// <summary>A template as a file. It gets its name only when it is finished.</summary>
internal static class SqliteTemplate
{
    private const string KitVersion = "1";

    public static async Task<string> EnsureAsync(
        DatabaseTemplate template, string folder, CancellationToken cancellationToken)
    {
        var library = typeof(SqliteConnection).Assembly.GetName().Version;
        var name = Path.Combine(
            folder, $"template-{DatabaseTemplate.Hash([KitVersion, template.Fingerprint, $"{library}"])}.db");
        if (File.Exists(name))
        {
            File.SetLastAccessTimeUtc(name, DateTime.UtcNow);
            return name;
        }

        // A run that finishes later replaces the file with an equal one.
        var draft = $"{name}.{Guid.NewGuid():n}";
        try
        {
            await FillAsync(template, draft, cancellationToken).ConfigureAwait(false);
            File.Move(draft, name, overwrite: true);
            return name;
        }
        finally
        {
            foreach (var left in new[] { draft, draft + "-wal", draft + "-shm" })
            {
                File.Delete(left);
            }
        }
    }

    private static async Task FillAsync(DatabaseTemplate template, string file, CancellationToken cancellationToken)
    {
        var address = new SqliteConnectionStringBuilder { DataSource = file }.ConnectionString;
        var engine = DbEngine.Create(o => o.UseSqlite(address));
        await using (engine.ConfigureAwait(false))
        {
            await engine.WarmUpAsync(cancellationToken).ConfigureAwait(false);   // creates the file
            try
            {
                await template.BuildAsync(engine, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                throw new TestDatabaseException(
                    $"The template could not be built, so no test has a database. Correct it: {error.Message}", error);
            }
        }

        SqliteConnection.ClearPool(new SqliteConnection(address));
    }
}
