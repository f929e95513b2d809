using System.Globalization;
using Millpond.Overload.Database;
using Npgsql;

namespace Millpond.Overload.Services;

/// <summary>Runs this program as one of the measured services: <c>serve millpond</c>.</summary>
/// <remarks>Environment variables contain the database and the port. It ends when its standard input does.</remarks>
internal static class Service
{
    public const string Database = "OVERLOAD_DATABASE";
    public const string DatabaseUrl = "OVERLOAD_DATABASE_URL";
    public const string Port = "OVERLOAD_PORT";
    public const string PoolSize = "OVERLOAD_POOL_SIZE";

    /// <summary>The number of connections of each service, without overflow: few enough that two cores can offer ten times the
    /// capacity.</summary>
    public const int Connections = 2;

    /// <summary>Returns its environment variables, except for the port.</summary>
    public static IReadOnlyDictionary<string, string> SettingsFor(BenchDatabase database) =>
        new Dictionary<string, string>
        {
            [Database] = database.ConnectionString,
            [DatabaseUrl] = database.Url,
            [PoolSize] = Connections.ToString(CultureInfo.InvariantCulture),
        };

    public static async Task<int> RunAsync(string peer)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls($"http://127.0.0.1:{Environment.GetEnvironmentVariable(Port)}");
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var database = new NpgsqlConnectionStringBuilder(Environment.GetEnvironmentVariable(Database));
        await using var app = peer switch
        {
            "millpond" => MillpondService.Build(builder, database, timeout: null),
            "millpond-1s" => MillpondService.Build(builder, database, TimeSpan.FromSeconds(1)),
            "raw" => RawService.Build(builder, database),
            "efcore" => EntityFrameworkService.Build(builder, database),
            _ => throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"There is no service '{peer}'.")),
        };
        app.MapGet("/ready", () => "ready");
        EndOfInput.Stops(app.Lifetime);
        await app.RunAsync();
        return 0;
    }
}
