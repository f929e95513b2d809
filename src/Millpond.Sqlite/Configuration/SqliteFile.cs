using Microsoft.Data.Sqlite;

namespace Millpond.Sqlite.Configuration;

/// <summary>The path of a database, and how connections to it are created. Immutable, except for <see cref="Settings"/>, which
/// must not be changed.</summary>
internal sealed class SqliteFile
{
    private const string Memory = ":memory:";
    private const string DataDirectory = "|DataDirectory|";

    public SqliteFile(string connectionString, string contentRoot, SqliteOptions settings)
    {
        var builder = new SqliteConnectionStringBuilder(connectionString)
        {
            Pooling = false,   // the engine owns the connections
            ForeignKeys = null,   // set by PRAGMA, without the driver
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

    /// <summary>Gets the connection string that does not create a missing file.</summary>
    public string ExistingConnectionString { get; }

    public SqliteOptions Settings { get; }

    public static bool IsInMemory(SqliteConnectionStringBuilder builder) =>
        builder.Mode == SqliteOpenMode.Memory || builder.DataSource == Memory;

    /// <summary>Returns whether SQLite's URI names an in-memory database, which would be a separate one for each
    /// connection.</summary>
    public static bool IsMemoryUri(string dataSource) => IsUri(dataSource) &&
        (dataSource.Contains(Memory, StringComparison.OrdinalIgnoreCase) ||
            dataSource.Contains("mode=memory", StringComparison.OrdinalIgnoreCase));

    private static string FullPath(string path, string contentRoot)
    {
        if (path.StartsWith(DataDirectory, StringComparison.OrdinalIgnoreCase))
        {
            var folder = AppDomain.CurrentDomain.GetData("DataDirectory") as string;   // the driver resolves it in the same way
            path = Path.Combine(folder ?? "", path[DataDirectory.Length..].TrimStart('/', '\\'));
        }

        return Path.GetFullPath(Path.Combine(contentRoot, path));
    }

    /// <summary>Returns whether a data source is SQLite's own <c>file:</c> URI.</summary>
    public static bool IsUri(string dataSource) => dataSource.StartsWith("file:", StringComparison.OrdinalIgnoreCase);
}
