using System.Globalization;
using Microsoft.Data.Sqlite;
using Millpond.Providers;

namespace Millpond.Sqlite.Configuration;

/// <summary>
/// Reads <c>sqlite:bank.db</c>, <c>sqlite:/absolute/bank.db</c>, <c>sqlite:///absolute/bank.db</c> and <c>sqlite::memory:</c>.
/// </summary>
internal static class SqliteUrl
{
    /// <summary>The maximum number of pages of a SQLite database.</summary>
    public const long MaxPages = 4_294_967_294;

    /// <summary>The error for SQLite's own URI of an in-memory database.</summary>
    public const string MemoryUriFault =
        "SQLite's file: URI syntax is not supported for an in-memory database: use sqlite::memory:, or Data " +
        "Source=:memory:. All sessions share the engine's one connection to it.";

    /// <summary>Turns a URL into the driver's connection string, and its query into settings.</summary>
    public static string Read(ConnectionUrl url, SqliteOptions settings, ICollection<string> faults)
    {
        if (url.User is not null || url.Authority.Length > 0)
        {
            faults.Add("A SQLite URL contains a file, not a server: use sqlite:bank.db, or sqlite:/absolute/path/bank.db.");
        }

        var builder = new SqliteConnectionStringBuilder { DataSource = PathOf(url) };
        if (builder.DataSource.Length == 0)
        {
            faults.Add("The SQLite URL has no file: use sqlite:bank.db, or sqlite::memory:.");
        }

        if (SqliteFile.IsMemoryUri(builder.DataSource))
        {
            faults.Add(MemoryUriFault);
            return builder.ConnectionString;
        }

        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in url.Query)
        {
            if (!seen.Add(name))
            {
                faults.Add($"The SQLite URL sets '{name}' twice.");
            }
            else
            {
                Apply(name, value, builder, settings, faults);
            }
        }

        return builder.ConnectionString;
    }

    private static string PathOf(ConnectionUrl url) =>
        !url.HasAuthority || url.Path.Length == 0 || url.Path[0] == '/' || HasDrive(url.Path) ? url.Path : $"/{url.Path}";

    private static bool HasDrive(string path) => path.Length > 1 && path[1] == ':' && char.IsAsciiLetter(path[0]);

    private static void Apply(
        string name, string value, SqliteConnectionStringBuilder builder, SqliteOptions settings, ICollection<string> faults)
    {
        switch (name.ToLowerInvariant())
        {
            case "journal_mode":
                settings.JournalMode = ReadWord(name, value, settings.JournalMode, faults);
                break;
            case "synchronous":
                settings.Synchronous = ReadWord(name, value, settings.Synchronous, faults);
                break;
            case "foreign_keys":
                settings.ForeignKeys = ReadSwitch(name, value, faults);
                break;
            case "max_page_count":
                settings.MaxPageCount = ReadNumber(name, value, 1, MaxPages, faults);
                break;
            case "journal_size_limit":
                settings.JournalSizeLimit = ReadNumber(name, value, 0, long.MaxValue, faults);
                break;
            case "immutable":
                settings.Immutable = ReadSwitch(name, value, faults);
                break;
            case "mode":
                builder.Mode = ReadMode(name, value, faults);
                break;
            default:
                faults.Add(
                    $"The SQLite URL has an unknown setting '{name}'; use journal_mode, synchronous, foreign_keys, " +
                    "max_page_count, journal_size_limit, immutable or mode.");
                break;
        }
    }

    private static T ReadWord<T>(string name, string value, T otherwise, ICollection<string> faults)
        where T : struct, Enum
    {
        var isWord = char.IsAsciiLetter(value.FirstOrDefault());
        if (isWord && Enum.TryParse<T>(value, ignoreCase: true, out var read) && Enum.IsDefined(read))
        {
            return read;
        }

        // The value is not repeated, because it may be a misplaced password.
        var known = string.Join(", ", Enum.GetNames<T>().Select(static word => word.ToLowerInvariant()));
        faults.Add($"The SQLite URL's {name} has an invalid value; use {known}.");
        return otherwise;
    }

    private static bool ReadSwitch(string name, string value, ICollection<string> faults)
    {
        switch (value.ToLowerInvariant())
        {
            case "on" or "true" or "yes" or "1":
                return true;
            case "off" or "false" or "no" or "0":
                return false;
            default:
                faults.Add($"The SQLite URL's {name} has an invalid value; use on or off.");
                return true;
        }
    }

    private static long? ReadNumber(string name, string value, long least, long most, ICollection<string> faults)
    {
        var isNumber = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        if (isNumber && number >= least && number <= most)
        {
            return number;
        }

        faults.Add($"The SQLite URL's {name} has an invalid value; use a number from {least} to {most}.");
        return null;
    }

    private static SqliteOpenMode ReadMode(string name, string value, ICollection<string> faults)
    {
        switch (value.ToLowerInvariant())
        {
            case "ro":
                return SqliteOpenMode.ReadOnly;
            case "rw":
                return SqliteOpenMode.ReadWrite;
            case "rwc":
                return SqliteOpenMode.ReadWriteCreate;
            default:
                faults.Add($"The SQLite URL's {name} has an invalid value; use ro (read only), rw (the file must exist) or rwc.");
                return SqliteOpenMode.ReadWriteCreate;
        }
    }
}
