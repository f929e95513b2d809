using System.Globalization;
using Npgsql;

namespace Millpond.PostgreSql.Configuration;

/// <summary>The hosts and ports of a PostgreSQL URL: one or several names, addresses, or folders of Unix sockets.</summary>
internal sealed class UrlHosts
{
    /// <summary>The advice for a password that cuts the URL short.</summary>
    public const string Encode = "A password that contains ':', '/', '?', '#' or '@' must be percent-encoded.";

    private string[] _hosts;
    private string[] _ports;

    private UrlHosts(string[] hosts, string[] ports)
    {
        (_hosts, _ports) = (hosts, ports);
    }

    /// <summary>Reads a URL's authority, after user and password: <c>host:5432,[::1],%2Ftmp</c>.</summary>
    public static UrlHosts Of(string authority)
    {
        var parts = authority.Split(',');
        var hosts = new string[parts.Length];
        var ports = new string[parts.Length];
        for (var each = 0; each < parts.Length; each++)
        {
            var part = parts[each];
            var colon = part.LastIndexOf(':') is var at && at > part.LastIndexOf(']') ? at : part.Length;   // as in [::1]:5432
            hosts[each] = Uri.UnescapeDataString(part[..colon].Trim('[', ']'));
            ports[each] = part[Math.Min(colon + 1, part.Length)..];
        }

        return new(hosts, ports);
    }

    /// <summary>Takes <c>host</c> or <c>port</c> from the URL's query, which overrides its authority.</summary>
    public bool TryTake(string name, string value)
    {
        switch (name.ToLowerInvariant())
        {
            case "host":
                _hosts = value.Split(',');
                return true;
            case "port":
                _ports = value.Split(',');
                return true;
            default:
                return false;
        }
    }

    public void WriteTo(NpgsqlConnectionStringBuilder builder, ICollection<string> faults)
    {
        if (_ports.Any(static port => port.Length > 0 && !IsPort(port)))
        {
            faults.Add($"The PostgreSQL URL's port is not a number from 1 to 65,535. {Encode}");
            return;
        }

        if (_ports.Length > 1 && _ports.Length != _hosts.Length)
        {
            faults.Add($"The PostgreSQL URL has {_hosts.Length} hosts and {_ports.Length} ports; give each host a port, or " +
                "one to all.");
            return;
        }

        if (_hosts.Length == 1)
        {
            builder.Host = _hosts[0];
            builder.Port = _ports[0].Length > 0 ? int.Parse(_ports[0], CultureInfo.InvariantCulture) : builder.Port;
            return;
        }

        builder.Host = string.Join(',', _hosts.Select((host, at) => (host, _ports.Length > 1 ? _ports[at] : _ports[0]) switch
        {
            (_, "") => host,
            var (own, port) when own.Contains(':', StringComparison.Ordinal) => $"[{own}]:{port}",
            var (own, port) => $"{own}:{port}",
        }));
    }

    private static bool IsPort(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65_535;
}
