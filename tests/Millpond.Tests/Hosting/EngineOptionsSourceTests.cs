using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;

namespace Millpond.Tests.Hosting;

/// <summary>Where an engine's options are from, and how a start reports what is wrong with them.</summary>
public sealed class EngineOptionsSourceTests
{
    private const string Bank = "postgresql://host/bank";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_failed_start_names_the_source_of_every_fault_of_every_engine()
    {
        using var files = new SettingsFile("""
            {
              "ConnectionStrings": { "bank": "postgresql://ada:s3cret@host:x/bank", "shop": "postgresql://host/shop" },
              "Millpond": { "bank": { "PoolSize": 0, "PoolSzie": 3 }, "banc": { "PoolSize": 3 }, "shop": { "MaxQueue": 1 } }
            }
            """);
        Environment.SetEnvironmentVariable("MILLPONDTEST_Millpond__bank__MaxOverflow", "-1");
        var builder = Builder();
        builder.Configuration.AddJsonFile(files.Path).AddEnvironmentVariables("MILLPONDTEST_")
            .AddCommandLine(["--Millpond:bank:PoolTimeout=30", "--Millpond:bank:Session:Retries=500"]);
        builder.Services.AddMillpond("bank", static options => options.UsePostgreSql().MaxQueue = 0);
        builder.Services.AddMillpond("shop", static options => options.UsePostgreSql());
        builder.Services.AddMillpond("Shop", static options => options.UsePostgreSql());
        builder.Services.AddMillpond("bnak", static options => options.UsePostgreSql());
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token));
        string[] parts =
        [
            "Engine 'bank' cannot start: ",
            $"Millpond:bank:PoolSize ({files.Name}) is 0; use 1 to 1,000.",
            $"Millpond:bank:PoolSzie ({files.Name}) is not an option; use ConnectionString, ",
            "Millpond:bank:MaxOverflow (environment variable MILLPONDTEST_Millpond__bank__MaxOverflow) is -1; use 0 to 1,000.",
            "Millpond:bank:PoolTimeout (command line) is '30'; use hours:minutes:seconds, as in 00:00:30.",
            "Millpond:bank:Session:Retries (command line) is 500; use 0 to 100.",
            "MaxQueue (set in code) is 0; use 1 to 1,000,000.",
            $"(That connection string is ConnectionStrings:bank ({files.Name}).)",
            "Engine 'bnak' cannot start: It has no connection string; set ConnectionStrings:bnak, or pass one for PostgreSQL " +
            "in code. The configuration contains 'bank', 'shop', 'banc'.",
            "Engine 'shop' cannot start: AddMillpond was called for it more than once.",
            $"Millpond:banc ({files.Name}) is for no engine; AddMillpond was called for 'bank', 'shop', 'Shop', 'bnak'.",
        ];
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_options_interfaces_return_the_engines_options_created_once()
    {
        var calls = 0;
        var builder = Builder(new("ConnectionStrings:bank", Bank), new("Millpond:bank:MaxQueue", "7"));
        builder.Services.AddSingleton(new Secret("postgresql://vault/bank"));
        builder.Services.Configure<EngineOptions>("bank", static options => options.PoolSize = 3);
        builder.Services.AddMillpond("bank", (services, options) =>
        {
            calls++;
            options.UsePostgreSql();
            options.MaxOverflow = services.GetRequiredService<Secret>().Url.Length;
        });
        using var host = builder.Build();
        var monitored = host.Services.GetRequiredService<IOptionsMonitor<EngineOptions>>().Get("bank");
        var snapshot = host.Services.GetRequiredService<DbEngine>().GetSnapshot();
        using var scope = host.Services.CreateScope();
        Assert.Equal((3, 7, Bank), (monitored.PoolSize, monitored.MaxQueue, monitored.ConnectionString));
        Assert.Equal((3, 23, 1), (snapshot.PoolSize, snapshot.MaxOverflow, calls));
        Assert.Same(monitored, host.Services.GetRequiredService<IOptions<EngineOptions>>().Value);   // the only engine's
        Assert.Same(monitored, scope.ServiceProvider.GetRequiredService<IOptionsSnapshot<EngineOptions>>().Get("bank"));
        var error = Assert.Throws<OptionsValidationException>(
            () => host.Services.GetRequiredService<IOptionsMonitor<EngineOptions>>().Get("bnak"));
        Assert.Equal("There is no engine 'bnak'; AddMillpond was called for 'bank'.", error.Message);
    }

    [Fact]
    public void A_connection_string_from_the_container_counts_as_code()
    {
        var builder = Builder();
        builder.Services.AddSingleton(new Secret("postgresql://vault/bank"));
        builder.Services.AddMillpond(static (services, options) =>
            options.UsePostgreSql(services.GetRequiredService<Secret>().Url));
        using var host = builder.Build();
        Assert.Equal("vault:5432/bank", host.Services.GetRequiredService<DbEngine>().GetSnapshot().Server);
    }

    [Fact]
    public void A_null_in_code_keeps_the_connection_string_of_the_configuration()
    {
        var builder = Builder(new KeyValuePair<string, string?>("ConnectionStrings:bank", Bank));
        builder.Services.AddMillpond("bank", static options => options.UsePostgreSql().ConnectionString = null);
        using var host = builder.Build();
        Assert.Equal("host:5432/bank", host.Services.GetRequiredService<DbEngine>().GetSnapshot().Server);
    }

    [Fact]
    public void An_empty_connection_string_in_the_configuration_is_named()
    {
        var builder = Builder(new("ConnectionStrings:bank", ""), new("ConnectionStrings:shop", Bank));
        builder.Services.AddMillpond("bank", static options => options.UsePostgreSql());
        using var host = builder.Build();
        var error = Assert.Throws<OptionsValidationException>(host.Services.GetRequiredService<DbEngine>);
        Assert.Equal(
            "Engine 'bank' cannot start: It has no connection string (ConnectionStrings:bank is empty); set " +
            "ConnectionStrings:bank, or pass one for PostgreSQL in code.",
            error.Message);
    }

    [Fact]
    public async Task An_application_builder_adds_the_engine_and_its_health_check()
    {
        var builder = Builder(new("ConnectionStrings:bank", Bank), new("Millpond:quiet:DisableHealthChecks", "true"));
        builder.AddMillpond("bank", static options => options.UsePostgreSql().WarmUp = false);
        builder.AddMillpond(
            "shop",
            static settings => settings.ConnectionString = "postgresql://host/shop",
            static options => options.UsePostgreSql().WarmUp = false);
        builder.AddMillpond("quiet", static (_, options) => options.UsePostgreSql("postgresql://host/q").WarmUp = false);
        builder.AddMillpond(
            "silent",
            static settings => settings.DisableHealthChecks = true,
            static options => options.UsePostgreSql("postgresql://host/s").WarmUp = false);
        using var host = builder.Build();
        await host.StartAsync(Token);
        Assert.Equal(
            ["bank", "shop"],
            host.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Select(one => one.Name));
        Assert.Equal("host:5432/bank", host.Services.GetRequiredKeyedService<DbEngine>("bank").GetSnapshot().Server);
        Assert.Equal("host:5432/shop", host.Services.GetRequiredKeyedService<DbEngine>("shop").GetSnapshot().Server);
    }

    [Fact]
    public void A_connection_string_in_settings_that_differs_from_the_configuration_stops_the_start()
    {
        var builder = Builder(new KeyValuePair<string, string?>("ConnectionStrings:bank", Bank));
        builder.AddMillpond(
            "bank",
            static settings => settings.ConnectionString = "postgresql://host/other",
            static options => options.UsePostgreSql());
        using var host = builder.Build();
        var error = Assert.Throws<OptionsValidationException>(host.Services.GetRequiredService<DbEngine>);
        Assert.Contains(
            "different connection strings: ConnectionStrings:bank, MillpondSettings.ConnectionString in code. Keep one",
            error.Message,
            StringComparison.Ordinal);
    }

    private static HostApplicationBuilder Builder(params KeyValuePair<string, string?>[] settings)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings);
        return builder;
    }

    private sealed record Secret(string Url);

    private sealed class SettingsFile : IDisposable
    {
        public SettingsFile(string json) => File.WriteAllText(Path, json);

        public string Name { get; } = $"appsettings.{Guid.NewGuid():N}.json";

        public string Path => System.IO.Path.Combine(System.IO.Path.GetTempPath(), Name);

        public void Dispose() => File.Delete(Path);
    }
}
