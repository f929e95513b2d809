using Millpond.Testing.Servers;
using Npgsql;

namespace Millpond.IntegrationTests.Servers;

/// <summary>Reads a <c>postgresql://</c> URL as the kit does, so that the library's reading is not tested with itself.</summary>
internal static class PostgresUrl
{
    public static string WithDatabase(string url, string database) => new UriBuilder(url) { Path = database }.Uri.AbsoluteUri;

    public static string Database(string url) => Uri.UnescapeDataString(new Uri(url).AbsolutePath.TrimStart('/'));

    public static string ToConnectionString(string url) => Read(url).ConnectionString;

    /// <summary>For a connection that closes when it is disposed.</summary>
    public static string ToUnpooled(string url)
    {
        var settings = Read(url);
        settings.Pooling = false;
        return settings.ConnectionString;
    }

    private static NpgsqlConnectionStringBuilder Read(string url)
    {
        var address = ServerAddress.Parse(url, "the test");
        var settings = address.For(address.Database);
        settings.Enlist = false;
        return settings;
    }
}
