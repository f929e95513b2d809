using System.Globalization;
using Millpond.Connections;
using Npgsql;

namespace Millpond.PostgreSql;

/// <summary>
/// Reads <c>postgresql://user:password@host:5432/database?sslmode=require</c>, as libpq and twelve-factor platforms write it.
/// </summary>
internal static class PostgreSqlUrl
{
    // libpq's names that Npgsql spells differently.
    private static readonly Dictionary<string, string> LibpqNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["sslmode"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslnegotiation"] = "SSL Negotiation",
        ["channel_binding"] = "Channel Binding",
        ["connect_timeout"] = "Timeout",
        ["application_name"] = "Application Name",
        ["target_session_attrs"] = "Target Session Attributes",
        ["client_encoding"] = "Client Encoding",
        ["user"] = "Username",
        ["dbname"] = "Database",
    };

    public static string Read(ConnectionUrl url, ICollection<string> faults)
    {
        var builder = new NpgsqlConnectionStringBuilder();
        if (!url.HasAuthority)
        {
            faults.Add("A PostgreSQL URL begins with 'postgresql://', then user, host and database: " +
                "postgresql://user@host:5432/database.");
            return "";
        }

        Set(builder, "Username", url.User, faults);
        Set(builder, "Password", url.Password, faults);
        Set(builder, "Database", url.Path, faults);
        ReadHosts(builder, url.Authority, faults);
        foreach (var (name, value) in url.Query)
        {
            Set(builder, LibpqNames.GetValueOrDefault(name, name), Translate(name, value), faults);
        }

        if (string.IsNullOrEmpty(builder.Host))
        {
            faults.Add("The PostgreSQL URL names no host: postgresql://user@host:5432/database.");
        }

        if (string.IsNullOrEmpty(builder.Database))
        {
            faults.Add("The PostgreSQL URL names no database: postgresql://user@host:5432/database.");
        }

        PostgreSqlPoolString.Check(builder, faults);
        return builder.ConnectionString;
    }

    private static void ReadHosts(NpgsqlConnectionStringBuilder builder, string authority, ICollection<string> faults)
    {
        if (authority.Length == 0)
        {
            return;
        }

        if (authority.Contains(',', StringComparison.Ordinal))
        {
            Set(builder, "Host", authority, faults);   // several hosts: Npgsql reads host:port,host:port itself
            return;
        }

        var colon = authority.LastIndexOf(':');
        var hasPort = colon >= 0 && !authority.EndsWith(']');   // [::1] has colons of its own
        Set(builder, "Host", (hasPort ? authority[..colon] : authority).Trim('[', ']'), faults);
        if (!hasPort)
        {
            return;
        }

        if (int.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) &&
            port is >= 1 and <= 65_535)
        {
            builder.Port = port;
        }
        else
        {
            faults.Add("The PostgreSQL URL's port is no number from 1 to 65,535. A password with ':', '/', '?' or '@' in it " +
                "must be percent-encoded.");
        }
    }

    private static string Translate(string name, string value) =>
        name.Equals("sslmode", StringComparison.OrdinalIgnoreCase) ||
        name.Equals("target_session_attrs", StringComparison.OrdinalIgnoreCase)
            ? value.Replace("-", "", StringComparison.Ordinal)   // verify-full is VerifyFull
            : value;

    private static void Set(NpgsqlConnectionStringBuilder builder, string key, string? value, ICollection<string> faults)
    {
        if (string.IsNullOrEmpty(value))
        {
            return;
        }

        try
        {
            builder[key] = value;
        }
        catch (Exception error) when (PostgreSqlPoolString.IsUnreadable(error))
        {
            faults.Add($"The PostgreSQL URL's '{key}' cannot be read; use a name and a value that libpq or Npgsql knows.");
        }
    }
}
