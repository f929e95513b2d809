using Millpond.Sqlite;

namespace Millpond;

/// <summary>Chooses SQLite for an engine.</summary>
public static class SqliteEngineOptionsExtensions
{
    /// <summary>Offers SQLite as the engine's database: one writer at a time, many readers, on threads of their own.</summary>
    /// <param name="options">The engine's options.</param>
    /// <param name="connectionString">
    /// A URL (<c>sqlite:bank.db</c>, <c>sqlite:/absolute/path</c>, <c>sqlite::memory:</c>) or an ADO.NET connection string
    /// (<c>Data Source=bank.db</c>); null to take it from the options or the configuration.
    /// </param>
    /// <param name="configure">Sets how connections are set up; the URL's query overrides it.</param>
    /// <returns>The same options.</returns>
    /// <remarks>
    /// Other processes may use the same file, on a local disk. If it is deleted or replaced while a session writes, the commit
    /// fails with <see cref="DatabaseUnavailableException"/>, because it would be lost; later sessions open
    /// the file that is at the path by then. Exchange a database while no program has it open, together with its <c>-wal</c> and
    /// <c>-shm</c> files.
    /// </remarks>
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
