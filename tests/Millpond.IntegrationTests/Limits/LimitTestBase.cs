using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Limits;

/// <summary>What the tests of the server's limit stand on: engines that log into one book.</summary>
public abstract class LimitTestBase : IDisposable
{
    private readonly ILoggerFactory _loggers;

    protected LimitTestBase(SmallServer server)
    {
        Server = server;
        _loggers = LoggerFactory.Create(logging => logging
            .AddProvider(Log).SetMinimumLevel(LogLevel.Debug).AddFilter("Npgsql", LogLevel.None));
    }

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected SmallServer Server { get; }

    protected LogBook Log { get; } = new();

    public void Dispose()
    {
        _loggers.Dispose();
        Log.Dispose();
        GC.SuppressFinalize(this);
    }

    protected static async Task<int> ScalarAsync(DbSession session, string sql, CancellationToken token)
    {
        await using var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt32(await command.ExecuteScalarAsync(token), CultureInfo.InvariantCulture);
    }

    protected static async Task UntilAsync(Func<bool> happened)
    {
        for (var watch = Stopwatch.StartNew(); !happened(); await Task.Delay(20, Token))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), "It did not happen within 30 s.");
        }
    }

    protected static async Task<string> HealthAsync(IHost host)
    {
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token);
        var entry = Assert.Single(report.Entries).Value;
        return $"{entry.Status}: {entry.Description}";
    }

    private protected DbEngine CreateEngine(
        string url, int poolSize, int maxOverflow, string name = "default", Action<EngineOptions>? configure = null)
    {
        // An engine's name comes with its registration, so a container makes the named ones.
        var services = new ServiceCollection();
        services.AddMillpond(name, options => Configure(options, url, poolSize, maxOverflow, configure));
        return services.BuildServiceProvider().GetRequiredService<DbEngine>();
    }

    private protected IHost Host(string url, int poolSize, int maxOverflow, Action<EngineOptions>? configure = null)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddMillpond("bank", options => Configure(options, url, poolSize, maxOverflow, configure));
        builder.Services.AddHealthChecks().AddMillpond();
        return builder.Build();
    }

    private void Configure(
        EngineOptions options, string url, int poolSize, int maxOverflow, Action<EngineOptions>? configure)
    {
        options.UsePostgreSql(url);
        (options.PoolSize, options.MaxOverflow, options.LoggerFactory) = (poolSize, maxOverflow, _loggers);
        configure?.Invoke(options);
    }
}
