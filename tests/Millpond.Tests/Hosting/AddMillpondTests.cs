using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Millpond.Tests.Hosting;

public sealed class AddMillpondTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_single_engine_is_injected_with_and_without_its_name()
    {
        using var host = Host([new("ConnectionStrings:bank", "postgresql://ada@host/bank")], "bank");
        var engine = host.Services.GetRequiredService<DbEngine>();
        Assert.Same(engine, host.Services.GetRequiredKeyedService<DbEngine>("bank"));
        Assert.Equal(("bank", "host:5432/bank"), (engine.Name, engine.GetSnapshot().Server));

        await using var scope = host.Services.CreateAsyncScope();
        var session = scope.ServiceProvider.GetRequiredService<DbSession>();
        Assert.Same(session, scope.ServiceProvider.GetRequiredKeyedService<DbSession>("bank"));
        Assert.Equal(("bank", SessionState.Idle), (session.EngineName, session.State));
        await using var other = host.Services.CreateAsyncScope();
        Assert.NotSame(session, other.ServiceProvider.GetRequiredService<DbSession>());
    }

    [Fact]
    public void Of_several_engines_the_default_one_is_injected_without_a_name()
    {
        using var host = Host([], "default", "reports");
        Assert.Equal("default", host.Services.GetRequiredService<DbEngine>().Name);
        Assert.Equal("reports", host.Services.GetRequiredKeyedService<DbEngine>("reports").Name);
    }

    [Fact]
    public void Several_engines_without_a_default_have_to_be_named()
    {
        using var host = Host([], "bank", "reports");
        var error = Assert.Throws<InvalidOperationException>(host.Services.GetRequiredService<DbEngine>);
        Assert.Contains("bank, reports", error.Message, StringComparison.Ordinal);
        Assert.Contains("[FromKeyedServices(\"bank\")]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Named_and_unnamed_options_apply_in_order_configuration_code_post_configuration()
    {
        using var host = Host(
            [
                new("ConnectionStrings:default", "postgresql://host/bank"),
                new("ConnectionStrings:reports", "postgresql://host/r"),
                new("Millpond:default:MaxOverflow", "1"), new("Millpond:default:MaxQueue", "9"),
            ],
            static services =>
            {
                services.Configure<EngineOptions>("default", static options => options.PoolTimeout = TimeSpan.FromSeconds(1));
                services.Configure<EngineOptions>(static options => options.CleanupTimeout = TimeSpan.FromSeconds(2));
                services.Configure<EngineOptions>("reports", static options => options.PoolSize = 9);
                services.Configure<EngineOptions>("default", static options => (options.PoolSize, options.MaxOverflow) = (3, 7));
                services.PostConfigure<EngineOptions>(static options => options.UsePostgreSql("postgresql://test/bank"));
            },
            "default",
            "reports");

        var engine = host.Services.GetRequiredService<DbEngine>();
        var snapshot = engine.GetSnapshot();
        Assert.Equal((3, 7, "test:5432/bank"), (snapshot.PoolSize, snapshot.MaxOverflow, snapshot.Server));
        Assert.Equal(9, host.Services.GetRequiredService<IOptionsMonitor<EngineOptions>>().Get("default").MaxQueue);
        Assert.Equal(
            (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)),
            (engine.Services.Settings.PoolTimeout, engine.Services.Settings.CleanupTimeout));
    }

    [Fact]
    public void ConfigureAll_runs_once_per_engine()
    {
        using var host = Host(
            [],
            static services =>
            {
                services.ConfigureAll<EngineOptions>(static options => options.PoolSize++);
                services.PostConfigureAll<EngineOptions>(static options => options.MaxOverflow++);
            },
            "default",
            "reports");
        foreach (var name in (string[])["default", "reports"])
        {
            var snapshot = host.Services.GetRequiredKeyedService<DbEngine>(name).GetSnapshot();
            Assert.Equal((3, 6), (snapshot.PoolSize, snapshot.MaxOverflow));
        }
    }

    [Fact]
    public void Custom_option_validators_run()
    {
        using var host = Host(
            [new("ConnectionStrings:bank", "postgresql://host/bank")],
            static services => services.AddOptions<EngineOptions>("bank")
                .Configure(static options => options.PoolSize = 2_000)
                .Validate(static _ => false, "Not on a Friday."),
            "bank");
        var error = Assert.Throws<OptionsValidationException>(host.Services.GetRequiredService<DbEngine>);
        Assert.Equal(
            "Engine 'bank' cannot start: PoolSize (set in code) is 2000; use 1 to 1,000. Not on a Friday.", error.Message);
    }

    [Theory]
    [InlineData("ConnectionStrings:bank", "ConnectionStrings:bank, the one for PostgreSQL in code")]
    [InlineData("Millpond:bank:ConnectionString", "Millpond:bank:ConnectionString, the one for PostgreSQL in code")]
    public void Different_connection_strings_in_code_and_configuration_stop_the_start(string key, string sources)
    {
        using var host = Host(
            [new(key, "postgresql://ada:s3cret@other/bank")],
            static services => services.Configure<EngineOptions>("bank", static options =>
                options.UsePostgreSql("postgresql://ada:hush@one/bank")),
            "bank");
        var error = Assert.Throws<OptionsValidationException>(host.Services.GetRequiredService<DbEngine>);
        Assert.Equal(
            $"Engine 'bank' cannot start: The engine has different connection strings: {sources}. Keep one " +
            "of them. (In a test, replace it with services.PostConfigure<EngineOptions>.)",
            error.Message);
    }

    [Fact]
    public void The_same_connection_string_twice_is_not_a_fault()
    {
        using var host = Host(
            [new("ConnectionStrings:bank", "postgresql://one/bank")],
            static services => services.Configure<EngineOptions>("bank", static options =>
                options.UsePostgreSql("postgresql://one/bank")),
            "bank");
        Assert.Equal("one:5432/bank", host.Services.GetRequiredService<DbEngine>().GetSnapshot().Server);
    }

    [Fact]
    public void A_TimeProvider_in_the_container_is_not_used_by_the_engine()
    {
        using var host = Host(
            [new("ConnectionStrings:bank", "postgresql://one/bank")],
            static services => services.AddSingleton<TimeProvider>(new FakeTimeProvider()),
            "bank");
        Assert.Same(TimeProvider.System, host.Services.GetRequiredService<DbEngine>().Time);
    }

    [Fact]
    public void The_configuration_can_set_every_session_option()
    {
        using var host = Host(
            [
                new("ConnectionStrings:bank", "postgresql://ada@host/bank"),
                new("Millpond:bank:Session:Mode", "autocommit"),
                new("Millpond:bank:Session:Retries", "3"),
                new("Millpond:bank:Session:Timeout", "00:00:20"),
                new("Millpond:bank:Session:StatementTimeout", "00:00:05"),
                new("Millpond:bank:Session:ConfirmCommit", "true"),
            ],
            "bank");
        var session = host.Services.GetRequiredService<DbEngine>().SessionDefaults;
        Assert.Equal(
            (SessionMode.Autocommit, 3, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(5), true),
            (session.Mode, session.Retries, session.Timeout, session.StatementTimeout, session.ConfirmCommit));
    }

    [Fact]
    public void Code_overrides_the_configuration()
    {
        using var host = Host(
            [
                new("Millpond:bank:PoolSize", "3"), new("Millpond:bank:MaxOverflow", "1"),   // PoolSize is set in code, too
                new("millpond:bank:pooltimeout", "00:00:07"),
                new("Millpond:bank:SyncCalls", "warn"), new("Millpond:bank:Session:Access", "ReadOnly"),
                new("Millpond:bank:ConnectionString", "postgresql://other/bank"),
                new("ConnectionStrings:bank", "postgresql://one/bank"),
            ],
            "bank");
        var snapshot = host.Services.GetRequiredService<DbEngine>().GetSnapshot();
        Assert.Equal((2, 1, 3, "other:5432/bank"), (snapshot.PoolSize, snapshot.MaxOverflow, snapshot.Permits, snapshot.Server));
    }

    [Fact]
    public async Task Invalid_options_stop_the_start_with_every_fault_and_no_password()
    {
        using var host = Host(
            [
                new("Millpond:bank:PoolSzie", "3"), new("Millpond:bank:PoolSize", "many"), new("Millpond:bank:PoolTimeout", "30"),
                new("Millpond:bank:WarmUp", "yes"), new("Millpond:bank:MaxOverflow", "-1"), new("Millpond:bank:SyncCalls", "2"),
                new("ConnectionStrings:bank", "postgresql://ada:s3cret@host:x/bank"),
            ],
            "bank");
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token));
        foreach (var part in (string[])
                 [
                     "Millpond:bank:PoolSzie is not an option; use ConnectionString, PoolSize,",
                     "Millpond:bank:PoolSize is 'many'; use an integer.",
                     "Millpond:bank:PoolTimeout is '30'; use hours:minutes:seconds, as in 00:00:30.",
                     "Millpond:bank:WarmUp is 'yes'; use true or false.",
                     "Millpond:bank:MaxOverflow is -1; use 0 to 1,000.",
                     "Millpond:bank:SyncCalls is '2'; use Throw, Warn, Allow.",
                     "port is not a number",
                     "(That connection string is ConnectionStrings:bank.)",
                 ])
        {
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_router_can_send_a_scope_to_another_engine()
    {
        await using var own = DbEngine.Create(static options => options.UsePostgreSql("postgresql://own/test"));
        using var host = Host([], services => services.AddSingleton<EngineRouter>(new ToOne(own)), "bank");
        await using var scope = host.Services.CreateAsyncScope();
        var session = scope.ServiceProvider.GetRequiredService<DbSession>();
        Assert.Equal("own:5432/test", session.Connection.DataSource);
    }

    private static IHost Host(IEnumerable<KeyValuePair<string, string?>> settings, params string[] engines) =>
        Host(settings, static _ => { }, engines);

    private static IHost Host(
        IEnumerable<KeyValuePair<string, string?>> settings, Action<IServiceCollection> configure, params string[] engines)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings);
        foreach (var name in engines)
        {
            builder.Services.AddMillpond(name, options =>
            {
                options.UsePostgreSql();
                options.PoolSize = 2;
                options.WarmUp = false;
                options.ConnectionString = settings.Any() ? null : $"postgresql://host/{name}";
            });
        }

        configure(builder.Services);
        return builder.Build();
    }

    private sealed class ToOne(DbEngine engine) : EngineRouter
    {
        public override DbEngine Route(IServiceProvider services, string engineName) => engine;
    }
}
