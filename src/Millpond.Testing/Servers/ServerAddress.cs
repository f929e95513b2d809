using Npgsql;

namespace Millpond.Testing.Servers;

/// <summary>The address and login of a server, as Npgsql connection strings of its databases.</summary>
internal sealed class ServerAddress
{
    private readonly string _connectionString;

    private ServerAddress(NpgsqlConnectionStringBuilder builder) =>
        (_connectionString, Database) = (builder.ConnectionString, builder.Database is { Length: > 0 } name ? name : "postgres");

    /// <summary>Gets the database in the address.</summary>
    public string Database { get; }

    /// <summary>Reads a <c>postgresql://</c> URL or an Npgsql connection string.</summary>
    public static ServerAddress Parse(string text, string origin)
    {
        try
        {
            return new ServerAddress(text.Contains("://", StringComparison.Ordinal)
                ? Read(new Uri(text))
                : new NpgsqlConnectionStringBuilder(text));
        }
        catch (Exception error) when (error is UriFormatException or ArgumentException or FormatException)
        {
            throw new TestDatabaseException(
                $"The address of the PostgreSQL server, which comes from {origin}, cannot be read. Write it as " +
                "postgresql://user:password@host:5432/postgres.", error);
        }
    }

    public NpgsqlConnectionStringBuilder For(string database) => new(_connectionString) { Database = database };

    /// <summary>Returns the command that opens a database.</summary>
    /// <param name="database">The database.</param>
    /// <param name="withPassword">Whether to show the password; only for throw-away servers.</param>
    public string PsqlLine(string database, bool withPassword)
    {
        var builder = For(database);
        var password = withPassword && builder.Password is { } secret ? $":{Uri.EscapeDataString(secret)}" : "";
        var user = Uri.EscapeDataString(builder.Username ?? "");
        return FormattableString.Invariant(
            $"psql postgresql://{user}{password}@{builder.Host}:{builder.Port}/{database}");
    }

    private static NpgsqlConnectionStringBuilder Read(Uri url)
    {
        if (url.Scheme is not ("postgresql" or "postgres"))
        {
            throw new FormatException("The scheme is not postgresql.");
        }

        var login = url.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = url.Host,
            Port = url.Port > 0 ? url.Port : 5432,
            Username = Uri.UnescapeDataString(login[0]),
            Password = login.Length > 1 ? Uri.UnescapeDataString(login[1]) : null,
            Database = Uri.UnescapeDataString(url.AbsolutePath.TrimStart('/')),
        };
        foreach (var setting in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = setting.Split('=', 2);
            var name = pair[0] == "sslmode" ? "Ssl Mode" : Uri.UnescapeDataString(pair[0]).Replace('_', ' ');
            builder[name] = Uri.UnescapeDataString(pair.ElementAtOrDefault(1) ?? "");
        }

        return builder;
    }
}
