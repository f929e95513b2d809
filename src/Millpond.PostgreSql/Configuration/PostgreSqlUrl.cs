using System.Collections.Frozen;
using Millpond.Providers;
using Npgsql;

namespace Millpond.PostgreSql.Configuration;

/// <summary>
/// Reads <c>postgresql://user:password@host:5432/database?sslmode=require</c>, as libpq and twelve-factor platforms write it.
/// </summary>
internal static class PostgreSqlUrl
{
    // libpq's names that Npgsql spells differently.
    private static readonly FrozenDictionary<string, string> LibpqNames = new Dictionary<string, string>
    {
        ["application_name"] = "Application Name",
        ["channel_binding"] = "Channel Binding",
        ["client_encoding"] = "Client Encoding",
        ["connect_timeout"] = "Timeout",
        ["dbname"] = "Database",
        ["gssencmode"] = "GSS Encryption Mode",
        ["keepalives"] = "TCP Keepalive",
        ["keepalives_idle"] = "TCP Keepalive Time",
        ["keepalives_interval"] = "TCP Keepalive Interval",
        ["load_balance_hosts"] = "Load Balance Hosts",
        ["require_auth"] = "Require Auth",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslmode"] = "SSL Mode",
        ["sslnegotiation"] = "SSL Negotiation",
        ["sslpassword"] = "SSL Password",
        ["sslrootcert"] = "Root Certificate",
        ["target_session_attrs"] = "Target Session Attributes",
        ["user"] = "Username",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    // libpq settings without a counterpart in Npgsql.
    private static readonly HashSet<string> Unsupported = new(StringComparer.OrdinalIgnoreCase)
    {
        "fallback_application_name", "gssdelegation", "gsslib", "hostaddr", "keepalives_count", "max_protocol_version",
        "min_protocol_version", "oauth_client_id", "oauth_client_secret", "oauth_issuer", "oauth_scope", "replication",
        "requirepeer", "requiressl", "scram_client_key", "scram_server_key", "service", "servicefile",
        "ssl_max_protocol_version", "ssl_min_protocol_version", "sslcertmode", "sslcompression", "sslcrl", "sslcrldir",
        "sslkeylogfile", "sslsni", "tcp_user_timeout",
    };

    public static string Read(ConnectionUrl url, ICollection<string> faults)
    {
        var builder = new NpgsqlConnectionStringBuilder();
        if (!url.HasAuthority)
        {
            faults.Add("A PostgreSQL URL starts with 'postgresql://', followed by user, host and database: " +
                "postgresql://user@host:5432/database.");
            return "";
        }

        if (url.HasStrayAt)
        {
            // Any part of it may belong to the password.
            faults.Add($"The PostgreSQL URL has an '@' after its host. {UrlHosts.Encode}");
            return "";
        }

        Set(builder, "Username", url.User, faults);
        Set(builder, "Password", url.Password, faults);
        Set(builder, "Database", url.Path, faults);
        var addresses = UrlHosts.Of(url.Authority);
        foreach (var (name, value) in url.Query)
        {
            if (!addresses.TryTake(name, value))
            {
                Read(builder, name, value, faults);
            }
        }

        addresses.WriteTo(builder, faults);
        if (string.IsNullOrEmpty(builder.Host))
        {
            faults.Add("The PostgreSQL URL has no host: postgresql://user@host:5432/database.");
        }

        if (string.IsNullOrEmpty(builder.Database))
        {
            faults.Add("The PostgreSQL URL has no database: postgresql://user@host:5432/database.");
        }

        PoolString.Check(builder, faults);
        return builder.ConnectionString;
    }

    private static void Read(
        NpgsqlConnectionStringBuilder builder, string name, string value, ICollection<string> faults)
    {
        if (name.Length == 0 || Unsupported.Contains(name))
        {
            faults.Add($"The PostgreSQL URL's '{name}' is a setting of libpq that Npgsql does not support; remove it.");
            return;
        }

        var key = LibpqNames.GetValueOrDefault(name, name);
        switch (key, value)
        {
            case ("Client Encoding", "auto"):
                break;   // Npgsql always speaks UTF-8
            case ("Root Certificate", "system"):
                Set(builder, "SSL Mode", "VerifyFull", faults);   // uses the system's certificates
                break;
            case ("SSL Mode", _):
                Set(builder, key, value.Replace("-", "", StringComparison.Ordinal), faults);   // verify-full is VerifyFull
                break;
            case ("Require Auth", _):
                Set(builder, key, string.Join(',', value.Split(',').Select(AuthMode)), faults);
                break;
            case ("TCP Keepalive", "0" or "1"):
                Set(builder, key, value == "1" ? "true" : "false", faults);
                break;
            case ("Load Balance Hosts", "disable" or "random"):
                Set(builder, key, value == "random" ? "true" : "false", faults);
                break;
            default:
                Set(builder, key, value, faults);
                break;
        }
    }

    /// <summary>Converts an authentication method to Npgsql's spelling.</summary>
    private static string AuthMode(string libpqs) => libpqs.Trim() switch
    {
        ['!', .. var other] => $"!{AuthMode(other)}",
        "password" => "Password",
        "scram-sha-256" => "ScramSHA256",
        "none" => "None",
        var other => other.ToUpperInvariant(),   // MD5, GSS, SSPI
    };

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
        catch (Exception error) when (PoolString.IsUnreadable(error))
        {
            faults.Add($"The PostgreSQL URL's '{key}' is invalid; use a name and a value that libpq or Npgsql supports.");
        }
    }
}
