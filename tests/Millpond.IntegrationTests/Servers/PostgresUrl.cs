using Npgsql;

namespace Millpond.IntegrationTests.Servers;

/// <summary>The tests' own reading of a <c>postgresql://</c> URL, so that the library's is not tested with itself.</summary>
internal static class PostgresUrl
{
    public static string WithDatabase(string url, string database) => new UriBuilder(url) { Path = database }.Uri.AbsoluteUri;

    public static string Database(string url) => Uri.UnescapeDataString(new Uri(url).AbsolutePath.TrimStart('/'));

    public static string ToConnectionString(string url)
    {
        var uri = new Uri(url);
        if (uri.Scheme is not ("postgresql" or "postgres"))
        {
            throw new ArgumentException($"Not a PostgreSQL URL: its scheme is '{uri.Scheme}', not 'postgresql'.", nameof(url));
        }

        var login = uri.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.IsDefaultPort || uri.Port < 0 ? 5432 : uri.Port,
            Username = Uri.UnescapeDataString(login[0]),
            Password = login.Length > 1 ? Uri.UnescapeDataString(login[1]) : null,
            Database = Database(url) is { Length: > 0 } name ? name : "postgres",
            Enlist = false,
        };
        foreach (var setting in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = setting.Split('=', 2) is [var k, var v] ? (k, v) : (setting, "");
            builder[Uri.UnescapeDataString(key).Replace('_', ' ')] = Uri.UnescapeDataString(value);
        }

        return builder.ConnectionString;
    }
}
