using Microsoft.Data.Sqlite;

namespace Millpond.Sqlite.Configuration;

/// <summary>
/// A database: where it is, and how each connection to it is made. Immutable but for <see cref="Settings"/>, which nobody
/// changes.
/// </summary>
internal sealed class SqliteFile
{
    private const string Memory = ":memory:";
    private const string DataDirectory = "|DataDirectory|";

    public SqliteFile(string connectionString, string contentRoot, SqliteOptions settings)
    {
        var builder = new SqliteConnectionStringBuilder(connectionString)
        {
            Pooling = false,   // the engine owns the connections
            ForeignKeys = null,   // set by us, past the driver
        };
        Settings = settings;
        IsMemory = IsInMemory(builder);
        builder.Mode = settings.Immutable && !IsMemory ? SqliteOpenMode.ReadOnly : builder.Mode;
        IsReadOnly = builder.Mode == SqliteOpenMode.ReadOnly;
        if (!IsMemory && !IsUri(builder.DataSource))
        {
            builder.DataSource = FullPath(builder.DataSource, contentRoot);
        }

        Name = IsMemory ? Memory : builder.DataSource;
        if (settings.Immutable && !IsMemory && !IsUri(Name))
        {
            builder.DataSource = $"{new Uri(Name).AbsoluteUri}?immutable=1";
        }

        ConnectionString = builder.ConnectionString;
        builder.Remove("Password");
        builder.Remove("Pooling");
        PublicConnectionString = builder.ConnectionString;
        builder.ConnectionString = ConnectionString;
        builder.Mode = IsReadOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWrite;
        ExistingConnectionString = builder.ConnectionString;
    }

    /// <summary>Gets the full path, or <c>:memory:</c>.</summary>
    public string Name { get; }

    public bool IsMemory { get; }

    public bool IsReadOnly { get; }

    public string ConnectionString { get; }

    public string PublicConnectionString { get; }

    /// <summary>Gets the connection string that does not make the file when it is missing.</summary>
    public string ExistingConnectionString { get; }

    public SqliteOptions Settings { get; }

    public static bool IsInMemory(SqliteConnectionStringBuilder builder) =>
        builder.Mode == SqliteOpenMode.Memory || builder.DataSource == Memory;

    /// <summary>Says whether SQLite's own URI names a database in memory, which each connection would have another of.</summary>
    public static bool IsMemoryUri(string dataSource) => IsUri(dataSource) &&
        (dataSource.Contains(Memory, StringComparison.OrdinalIgnoreCase) ||
            dataSource.Contains("mode=memory", StringComparison.OrdinalIgnoreCase));

    private static string FullPath(string path, string contentRoot)
    {
        if (path.StartsWith(DataDirectory, StringComparison.OrdinalIgnoreCase))
        {
            var folder = AppDomain.CurrentDomain.GetData("DataDirectory") as string;   // the driver's own meaning of it
            path = Path.Combine(folder ?? "", path[DataDirectory.Length..].TrimStart('/', '\\'));
        }

        return Path.GetFullPath(Path.Combine(contentRoot, path));
    }

    /// <summary>Says whether a data source is SQLite's own <c>file:</c> URI, which only SQLite reads.</summary>
    public static bool IsUri(string dataSource) => dataSource.StartsWith("file:", StringComparison.OrdinalIgnoreCase);
}
