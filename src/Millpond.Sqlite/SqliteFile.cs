using Microsoft.Data.Sqlite;

namespace Millpond.Sqlite;

/// <summary>
/// A database: where it is, and how each connection to it is made. Immutable but for <see cref="Settings"/>, which nobody
/// changes.
/// </summary>
internal sealed class SqliteFile
{
    private const string Memory = ":memory:";

    public SqliteFile(string connectionString, string contentRoot, SqliteSettings settings)
    {
        var builder = new SqliteConnectionStringBuilder(connectionString)
        {
            Pooling = false,   // the engine owns the connections
            ForeignKeys = null,   // set by us, past the driver
        };
        Settings = settings;
        IsMemory = IsInMemory(builder);
        IsReadOnly = builder.Mode == SqliteOpenMode.ReadOnly;
        if (!IsMemory && !IsUri(builder.DataSource))
        {
            builder.DataSource = Path.GetFullPath(Path.Combine(contentRoot, builder.DataSource));
        }

        Name = IsMemory ? Memory : builder.DataSource;
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

    public SqliteSettings Settings { get; }

    public static bool IsInMemory(SqliteConnectionStringBuilder builder) =>
        builder.Mode == SqliteOpenMode.Memory || builder.DataSource == Memory;

    /// <summary>Says whether a data source is SQLite's own <c>file:</c> URI, which only SQLite reads.</summary>
    public static bool IsUri(string dataSource) => dataSource.StartsWith("file:", StringComparison.OrdinalIgnoreCase);
}
