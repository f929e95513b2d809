using System.Globalization;
using Millpond.Providers;

namespace Millpond;

/// <summary>Collects the settings of a transaction; see <see cref="DbSessionOptions.OnBegin"/>.</summary>
/// <remarks>Valid only during the callback. Not thread-safe.</remarks>
public sealed class SessionBegin
{
    private readonly DatabaseDialect _dialect;
    private readonly bool _lasts;
    private readonly List<string> _statements = [];

    internal SessionBegin(DatabaseDialect dialect, IServiceProvider? services, bool lasts)
    {
        _dialect = dialect;
        _lasts = lasts;
        Services = services;
    }

    /// <summary>Gets the services of the scope in which the session was injected.</summary>
    /// <value>Null if the session belongs to no scope (<c>RunAsync</c> and <c>OpenSession</c> of the engine).</value>
    public IServiceProvider? Services { get; }

    internal IReadOnlyList<string> Statements => _statements;

    /// <summary>Gets whether a statement may return rows, so it cannot be sent with the first command.</summary>
    internal bool HasOwnTrip { get; private set; }

    /// <summary>Sets a database setting to a text for the transaction.</summary>
    /// <param name="name">Its name: <c>app.tenant</c>, <c>lock_timeout</c>. It is quoted.</param>
    /// <param name="value">Its value, sent as a quoted literal, so it may come from any source.</param>
    /// <exception cref="ArgumentException">The name has an empty part, or is <c>role</c> or <c>search_path</c>, which have
    /// their own methods; or the value contains a NUL character.</exception>
    /// <exception cref="NotSupportedException">The database has no settings (SQLite).</exception>
    public void Set(string name, string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name.Equals("role", StringComparison.OrdinalIgnoreCase) ||
            name.Equals("search_path", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException($"'{name}' is set by {nameof(SetRole)} or {nameof(SetSearchPath)}.", nameof(name));
        }

        Add(name, value);
    }

    /// <summary>Sets a database setting to a number for the transaction.</summary>
    /// <inheritdoc cref="Set(string, string)"/>
    public void Set(string name, long value) => Set(name, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Sets a database setting to a GUID for the transaction, in the form 8-4-4-4-12.</summary>
    /// <inheritdoc cref="Set(string, string)"/>
    public void Set(string name, Guid value) => Set(name, value.ToString());

    /// <summary>Sets a database setting to <c>true</c> or <c>false</c> for the transaction.</summary>
    /// <inheritdoc cref="Set(string, string)"/>
    public void Set(string name, bool value) => Set(name, value ? "true" : "false");

    /// <summary>Sets the role of the transaction.</summary>
    /// <param name="role">Its name, sent as a literal.</param>
    /// <exception cref="ArgumentException">The name is empty, or <c>none</c>, which would be the login's own role.</exception>
    /// <exception cref="NotSupportedException">The database has no roles (SQLite).</exception>
    public void SetRole(string role)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(role);
        if (role.Equals("none", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException(
                "The role 'none' is not allowed: it would give the transaction the rights of the login.", nameof(role));
        }

        Add("role", role);
    }

    /// <summary>Sets the schemas in which the transaction looks up tables.</summary>
    /// <param name="schemas">Their names, in order. They are quoted.</param>
    /// <exception cref="ArgumentException">There is none, or one is empty.</exception>
    /// <exception cref="NotSupportedException">The database has no search path (SQLite).</exception>
    public void SetSearchPath(params string[] schemas)
    {
        ArgumentNullException.ThrowIfNull(schemas);
        if (schemas.Length == 0 || Array.Exists(schemas, string.IsNullOrWhiteSpace))
        {
            throw new ArgumentException("A search path needs at least one schema, and no name may be empty.", nameof(schemas));
        }

        Add("search_path", schemas);
    }

    /// <summary>Runs a statement at the beginning of the transaction.</summary>
    /// <param name="statement">One statement, sent unchanged. Never insert a value from outside. On PostgreSQL it costs a round
    /// trip, shared by all such statements. Its result is ignored.</param>
    /// <exception cref="ArgumentException">The statement is empty.</exception>
    public void Execute(string statement)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(statement);
        _statements.Add(statement);
        HasOwnTrip = true;
    }

    private void Add(string name, params string[] values)
    {
        foreach (var value in values)
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Contains('\0', StringComparison.Ordinal))
            {
                throw new ArgumentException($"The value of '{name}' contains a NUL character.");
            }
        }

        _statements.Add(_dialect.SettingText(name, values, _lasts));
    }
}
