using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Millpond.Tests.Sessions;
using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Hosting;

/// <summary>What the tests of background jobs stand on: hosts with engines without a database.</summary>
public abstract class BackgroundTestBase : IDisposable
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected FakeProvider Provider { get; } = new();

    private protected LogLines Log { get; } = new();

    public void Dispose()
    {
        Log.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Fails as if the session's own connection had been lost.</summary>
    protected static Task LoseAsync(DbSession session) => session.UseProviderConnectionAsync<SqliteConnection>(
        static (_, _) => Task.FromException(
            DatabaseUnavailableException.ConnectionLost("fake", new InvalidTimeZoneException())),
        Token);

    protected IHost Host(params string[] engines) => Host(static _ => { }, static _ => { }, engines);

    protected IHost Host(Action<IServiceCollection> services, Action<EngineOptions> engine, params string[] engines) =>
        Host(services, engine, [], engines);

    protected IHost Host(
        Action<IServiceCollection> services, Action<EngineOptions> engine, (string, string)[] settings, params string[] engines)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(
            settings.Select(one => new KeyValuePair<string, string?>($"Millpond:{engines[0]}:{one.Item1}", one.Item2)));
        services(builder.Services);
        foreach (var name in engines)
        {
            builder.Services.AddMillpond(name, options =>
            {
                options.UseProvider(Provider, "fake:it");
                (options.PoolSize, options.MaxOverflow, options.WarmUp) = (2, 0, false);
                options.LoggerFactory = Log;
                engine(options);
            });
        }

        return builder.Build();
    }
}
