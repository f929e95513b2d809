using Microsoft.EntityFrameworkCore;
using Millpond.Overload.Services;
using Npgsql;
using static System.StringComparison;

namespace Millpond.Compare.Services;

/// <summary>Runs this program as one of the measured services: <c>serve millpond-ado</c>.</summary>
/// <remarks>Environment variables contain the database and the port. It ends when its standard input does.</remarks>
internal static class CompareService
{
    public const string Database = "COMPARE_DATABASE";
    public const string DatabaseUrl = "COMPARE_DATABASE_URL";
    public const string SqliteFile = "COMPARE_SQLITE";
    public const string Port = "COMPARE_PORT";
    public const int Connections = 15;

    private const string Prepared = ";Max Auto Prepare=20;Auto Prepare Min Usages=2";

    public static async Task<int> RunAsync(string peer)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls($"http://127.0.0.1:{Environment.GetEnvironmentVariable(Port)}");
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        await using var app = peer.StartsWith("sqlite", Ordinal)
            ? BuildSqlite(builder, peer, Environment.GetEnvironmentVariable(SqliteFile)!)
            : BuildPostgres(builder, peer, Environment.GetEnvironmentVariable(Database)!);
        app.MapGet("/ready", static () => "ready");
        app.MapGet("/allocated", static () => GC.GetTotalAllocatedBytes(precise: true));
        EndOfInput.Stops(app.Lifetime);
        await app.RunAsync();
        return 0;
    }

    private static WebApplication BuildPostgres(WebApplicationBuilder builder, string peer, string database)
    {
        if (peer.EndsWith("-prepared", Ordinal))
        {
            database += Prepared;
        }

        var driver = new NpgsqlConnectionStringBuilder(database) { MaxPoolSize = Connections, MinPoolSize = Connections };
        return peer switch
        {
            "raw" or "raw-prepared" => RawService.Build(builder, driver, transaction: true),
            "auto" => RawService.Build(builder, driver, transaction: false),
            "dapper" => DapperService.Build(builder, driver),
            "efcore" or "efcore-unpooled" => EntityFrameworkService.Build(
                builder, options => options.UseNpgsql(driver.ConnectionString), pooled: peer == "efcore"),
            "millpond-ado-measured" or "millpond-ado-traced" or "millpond-ado-telemetry" => Collected(peer),
            "millpond-ado" or "millpond-ado-prepared" => Millpond("ado", SessionMode.Transaction),
            "millpond-ado-queue" or "millpond-ado-queue-prepared" => Millpond("ado-queue", SessionMode.Transaction),
            "millpond-dapper-queue" => Millpond("dapper-queue", SessionMode.Transaction),
            "millpond-autocommit" => Millpond("ado", SessionMode.Autocommit),
            "millpond-dapper" => Millpond("dapper", SessionMode.Transaction),
            "millpond-efcore" => Millpond("efcore", SessionMode.Transaction),
            "millpond-efcore-pooled" => Millpond("efcore-pooled", SessionMode.Transaction),
            _ => throw new ArgumentException($"There is no service '{peer}'."),
        };

        WebApplication Collected(string name)
        {
            var app = Millpond("ado", SessionMode.Transaction);
            var telemetry = DroppedTelemetry.Collect(
                metrics: true, traces: !name.EndsWith("measured", Ordinal), driver: name.EndsWith("telemetry", Ordinal));
            app.Lifetime.ApplicationStopped.Register(telemetry.Dispose);
            return app;
        }

        WebApplication Millpond(string face, SessionMode mode) => MillpondService.Build(
            builder,
            options =>
            {
                options.UsePostgreSql(database);
                (options.PoolSize, options.MaxOverflow) = (Connections, 0);
                options.Session.Mode = mode;
            },
            face,
            Work.Lock);
    }

    private static WebApplication BuildSqlite(WebApplicationBuilder builder, string peer, string file) => peer switch
    {
        "sqlite-raw" => SqliteService.Build(builder, file),
        "sqlite-efcore" => EntityFrameworkService.Build(
            builder, options => options.UseSqlite($"Data Source={file}"), pooled: true),
        "sqlite-millpond" => MillpondService.Build(builder, options => options.UseSqlite($"sqlite:{file}"), "ado", Work.Both),
        "sqlite-millpond-queue" =>
            MillpondService.Build(builder, options => options.UseSqlite($"sqlite:{file}"), "ado-queue", Work.Both),
        "sqlite-millpond-efcore" =>
            MillpondService.Build(builder, options => options.UseSqlite($"sqlite:{file}"), "efcore", Work.Both),
        _ => throw new ArgumentException($"There is no service '{peer}'."),
    };
}
