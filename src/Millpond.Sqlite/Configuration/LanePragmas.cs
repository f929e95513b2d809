using System.Globalization;

namespace Millpond.Sqlite.Configuration;

/// <summary>The PRAGMA settings of every connection.</summary>
internal static class LanePragmas
{
    /// <summary>Gets the statements, except for the journal mode, which is a property of the file.</summary>
    public static string Text(SqliteOptions settings) =>
        $"PRAGMA busy_timeout=0; PRAGMA query_only=OFF; PRAGMA foreign_keys={(settings.ForeignKeys ? "ON" : "OFF")}; " +
        $"PRAGMA synchronous={NameOf(settings.Synchronous)}{Limit("max_page_count", settings.MaxPageCount)}" +
        Limit("journal_size_limit", settings.JournalSizeLimit);

    /// <summary>Gets SQLite's own name for a mode.</summary>
    public static string NameOf<T>(T mode)
        where T : struct, Enum =>
        mode.ToString().ToLowerInvariant();

    private static string Limit(string pragma, long? value) =>
        value is { } limit ? string.Create(CultureInfo.InvariantCulture, $"; PRAGMA {pragma}={limit}") : "";
}
