using Millpond.Sqlite;

namespace Millpond;

/// <summary>Configures SQLite for an engine.</summary>
public static class SqliteEngineOptionsExtensions
{
    /// <summary>Adds SQLite as the engine's database: one writer at a time, many readers, a thread per connection.</summary>
    /// <param name="options">The engine's options.</param>
    /// <param name="connectionString">A URL (<c>sqlite:bank.db</c>, <c>sqlite:/absolute/path</c>, <c>sqlite::memory:</c>) or an
    /// ADO.NET connection string (<c>Data Source=bank.db</c>); null to use the one from the options or the
    /// configuration.</param>
    /// <param name="configure">Configures connections. The query of the URL overrides it.</param>
    /// <returns>The engine's options.</returns>
    /// <remarks>Other processes may use the same file if it is on a local disk. If the file is deleted or replaced while a
    /// session writes, the commit fails with <see cref="DatabaseUnavailableException"/>, because it would be lost. Later
    /// sessions open the file that is at the path then. Replace a database only while no program has it open, together with its
    /// <c>-wal</c> and <c>-shm</c> files.</remarks>
    public static EngineOptions UseSqlite(
        this EngineOptions options, string? connectionString = null, Action<SqliteOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var settings = new SqliteOptions();
        configure?.Invoke(settings);
        return options.UseProvider(new SqliteProvider(settings), connectionString);
    }

    /// <inheritdoc cref="UseSqlite(EngineOptions, string?, Action{SqliteOptions}?)"/>
    public static EngineOptions UseSqlite(this EngineOptions options, Action<SqliteOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return options.UseSqlite(connectionString: null, configure);
    }
}
