using Microsoft.EntityFrameworkCore;
using Millpond.Overload.Services;

namespace Millpond.Soak.Service;

/// <summary>Runs this program as the service under load: <c>serve millpond</c>.</summary>
/// <remarks>Environment variables contain the database and the port. It ends when its standard input does.</remarks>
internal static class BookService
{
    public const string Name = "millpond";
    public const string Database = "SOAK_DATABASE";
    public const string Port = "SOAK_PORT";

    public const int PoolSize = 5;
    public const int MaxOverflow = 2;

    /// <summary>The maximum number of connections, including one for probes.</summary>
    public const int MostConnections = PoolSize + MaxOverflow + 1;

    /// <summary>The session timeout.</summary>
    public static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(4);

    /// <summary>The limit of a commit, and of querying its outcome.</summary>
    public static readonly TimeSpan CleanupTimeout = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan StatementTimeout = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls($"http://127.0.0.1:{Environment.GetEnvironmentVariable(Port)}");
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddMillpond(options =>
        {
            options.UsePostgreSql(Environment.GetEnvironmentVariable(Database)!);
            options.PoolSize = PoolSize;
            options.MaxOverflow = MaxOverflow;
            options.CleanupTimeout = CleanupTimeout;
            options.Session.Timeout = SessionTimeout;
            options.Session.StatementTimeout = StatementTimeout;
        });
        builder.Services.AddSessionDbContext<BookContext>((_, options) => options.UseNpgsql());
        builder.Services.AddMillpondProblemDetails();
        await using var app = builder.Build();
        app.UseExceptionHandler();
        app.UseMillpond();
        app.MapGet("/ready", () => "ready");
        app.MapReads();
        app.MapTransfers();
        app.MapState();
        EndOfInput.Stops(app.Lifetime);
        await app.RunAsync();
        return 0;
    }
}
