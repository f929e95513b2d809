using System.Data.Common;

namespace Millpond.Testing.Templates;

/// <summary>Runs SQL scripts outside sessions, so they may do anything, such as create an index concurrently.</summary>
internal static class Scripts
{
    public static async Task RunAsync(
        DbEngine engine, IEnumerable<(string Name, string Text)> scripts, CancellationToken cancellationToken)
    {
        var connection = engine.Source.CreateConnection()
            ?? throw new InvalidOperationException("The template's database has no connection for set-up work.");
        await using (connection.ConfigureAwait(false))
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            foreach (var (name, text) in scripts)
            {
                using var command = connection.CreateCommand();
                command.CommandText = text;
                try
                {
                    await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (DbException error)
                {
                    throw new TestDatabaseException($"{name}: {error.Message}", error);
                }
            }
        }
    }
}
