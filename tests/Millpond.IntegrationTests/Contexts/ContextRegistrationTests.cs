using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Millpond.IntegrationTests.Sessions;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>What the host's start says of a context that sessions cannot serve. None of it reaches a database.</summary>
public sealed class ContextRegistrationTests
{
    private const string PostgreSql = "postgresql://nobody@localhost:1/nothing";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void E01_The_package_accepts_the_first_EF_Core_of_its_major_version()
    {
        var referenced = typeof(SessionDbContextOptions).Assembly.GetReferencedAssemblies();
        Assert.Equal(
            new Version(10, 0, 0, 0),
            referenced.Single(static one => one.Name == "Microsoft.EntityFrameworkCore.Relational").Version);
    }

    [Fact]
    public async Task E01_Contexts_keep_no_property_of_the_last_user_unless_pooled()
    {
        foreach (var pooled in (bool[])[false, true])
        {
            using var host = Build(services => services.AddSessionDbContext<TenantContext>(
                static (_, options) => options.UseNpgsql(), pooled));
            for (var user = 1; user <= 2; user++)
            {
                await using var scope = host.Services.CreateAsyncScope();
                var context = scope.ServiceProvider.GetRequiredService<TenantContext>();
                Assert.Equal(pooled && user == 2 ? "tenant 1" : null, context.Tenant);   // as the manual warns
                context.Tenant = $"tenant {user}";
            }
        }
    }

    [Fact]
    public void E01_Pooling_is_optional()
    {
        ServiceCollection services = [];
        services.AddSessionDbContext<TenantContext>(static (_, options) => options.UseNpgsql());
        Assert.Equal(
            ServiceLifetime.Transient,
            services.Single(static one => one.ServiceType == typeof(DbContextOptions<TenantContext>)).Lifetime);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task E01_A_singleton_can_use_the_factory_of_unpooled_contexts(bool pooled)
    {
        using var host = Build(services =>
        {
            services.AddSessionDbContext<TenantContext>(static (_, options) => options.UseNpgsql(), pooled);
            services.AddSingleton<FactoryUser>();
        });
        await host.StartAsync(Token);
        await using var context = host.Services.GetRequiredService<FactoryUser>().Contexts.CreateDbContext();
        Assert.Null(context.Tenant);
    }

    [Theory]
    [InlineData(1, "MapEnum<Mood>(\"mood\") in UseNpgsql of TenantContext affects only EF Core's model")]
    [InlineData(2, "ConfigureDataSource in UseNpgsql of TenantContext has no effect")]
    [InlineData(3, "TenantContext is configured with a connection")]
    [InlineData(4, "TenantContext is configured with a connection")]
    [InlineData(5, "TenantContext uses TenantInterceptor, an interceptor of connections or transactions")]
    [InlineData(6, "TenantContext uses CastingInterceptor, an interceptor of connections or transactions")]
    [InlineData(7, "TenantContext is configured with its own retries (EnableRetryOnFailure; Aspire's EnrichNpgsqlDbContext")]
    [InlineData(8, "TenantContext has no database provider")]
    [InlineData(9, "UseNodaTime() in UseNpgsql of TenantContext affects only EF Core's model")]
    public async Task E01_Options_that_a_session_cannot_serve_stop_the_start(int which, string message)
    {
        await using var source = NpgsqlDataSource.Create("Host=localhost");
        Action<DbContextOptionsBuilder>[] all =
        [
            static options => options.UseNpgsql(static n => n.MapEnum<Mood>("mood")),
            static options => options.UseNpgsql(static n => n.ConfigureDataSource(static _ => { })),
            options => options.UseNpgsql(source),
            static options => options.UseNpgsql(PostgreSql),
            static options => options.UseNpgsql().AddInterceptors(new TenantInterceptor()),
            static options => options.UseNpgsql().AddInterceptors(new CastingInterceptor()),
            static options => options.UseNpgsql(static n => n.EnableRetryOnFailure()),
            static _ => { },
            static options => options.UseNpgsql(static n => n.UseNodaTime()),
        ];
        using var host = Build(services => services.AddSessionDbContext<TenantContext>((_, options) => all[which - 1](options)));
        Assert.StartsWith(message, await RefusedAsync(host), StringComparison.Ordinal);
    }

    [Fact]
    public async Task E01_Retries_in_ConfigureDbContext_stop_the_start()
    {
        using var host = Build(static services =>
        {
            services.AddSessionDbContext<TenantContext>(static (_, options) => options.UseNpgsql());
            services.ConfigureDbContext<TenantContext>(static options => options.UseNpgsql(static n => n.EnableRetryOnFailure()));
        });
        Assert.Contains("DisableRetry", await RefusedAsync(host), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "ConfiguringContext uses TenantInterceptor")]
    [InlineData(2, "ConfiguringContext is configured with a connection")]
    [InlineData(3, "ConfiguringContext is configured with its own retries")]
    public async Task E01_Options_added_in_OnConfiguring_are_checked(int which, string message)
    {
        Action<DbContextOptionsBuilder>[] all =
        [
            static options => options.AddInterceptors(new TenantInterceptor()),
            static options => options.UseNpgsql(PostgreSql),
            static options => options.UseNpgsql(static n => n.EnableRetryOnFailure()),
        ];
        using var host = Build(services =>
        {
            services.AddSingleton(all[which - 1]);
            services.AddSessionDbContext<ConfiguringContext>(static (_, options) => options.UseNpgsql());
        });
        Assert.StartsWith(message, await RefusedAsync(host), StringComparison.Ordinal);
    }

    [Fact]
    public async Task E01_An_enum_and_a_plugin_that_the_engines_driver_also_has_are_accepted()
    {
        using var host = Build(
            static services => services.AddSessionDbContext<TenantContext>(
                static (_, options) => options.UseNpgsql(static n => n.MapEnum<Mood>("mood", "app").UseNodaTime())),
            static options => options.UsePostgreSql(
                static o => o.ConfigureDataSource(static source => source.MapEnum<Mood>("app.mood").UseNodaTime())));
        await host.StartAsync(Token);
    }

    [Fact]
    public async Task E01_User_code_that_needs_a_request_does_not_stop_the_start()
    {
        using var host = Build(static services => services.AddSessionDbContext<TenantContext>(
            static (_, _) => throw new InvalidOperationException("There is no request.")));
        await host.StartAsync(Token);
    }

    [Theory]
    [InlineData("options")]
    [InlineData("configuration")]
    [InlineData("both")]
    [InlineData("everything")]
    [InlineData("added")]
    public async Task E01_Options_replaced_by_a_test_stop_the_start_and_say_what_to_do(string recipe)
    {
        await using var database = await ScratchDatabase.SqliteAsync();
        using var connection = new SqliteConnection("Data Source=:memory:");
        using var host = Build(
            services =>
            {
                services.AddSessionDbContext<TenantContext>(static (_, options) => options.UseNpgsql());
                if (recipe == "added")
                {
                    services.ConfigureDbContext<TenantContext>(options => options.UseSqlite(connection));
                    return;
                }

                // The recipe of WebApplicationFactory.ConfigureTestServices.
                foreach (var one in services.Where(one =>
                    (recipe != "configuration" && one.ServiceType == typeof(DbContextOptions<TenantContext>)) ||
                    (recipe == "everything" && one.ServiceType == typeof(TenantContext)) ||
                    (recipe != "options" && one.ServiceType == typeof(IDbContextOptionsConfiguration<TenantContext>))).ToList())
                {
                    services.Remove(one);
                }

                services.AddSingleton<DbConnection>(connection);
                services.AddDbContext<TenantContext>(static (container, options) =>
                    options.UseSqlite(container.GetRequiredService<DbConnection>()));
            });

        Assert.Contains("builder.UseSetting(\"ConnectionStrings:default\"", await RefusedAsync(host), StringComparison.Ordinal);
    }

    [Fact]
    public async Task E01_A_test_sets_the_engines_database_and_the_contexts_provider()
    {
        await using var database = await ScratchDatabase.SqliteAsync();
        using var host = Build(
            static services =>
            {
                services.AddSessionDbContext<TenantContext>(static (_, options) => options.UseNpgsql());

                services.RemoveAll<TenantContext>();
                services.AddSessionDbContext<TenantContext>(static (_, options) => options.UseSqlite());
            },
            static options => options.UsePostgreSql().UseSqlite(),
            database.Url);
        await host.StartAsync(Token);
        await using var scope = host.Services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<TenantContext>();
        Assert.True(context.Database.IsSqlite());
        Assert.Equal(2, await context.Database.SqlQuery<int>($"select 2 as \"Value\"").SingleAsync(Token));
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task E01_A_context_with_several_constructors_gets_the_registered_services()
    {
        using var host = Build(services => services.AddSessionDbContext<EitherContext>(static (_, options) => options.UseNpgsql())
            .AddScoped<FactoryUser>().AddSessionDbContext<TenantContext>(static (_, options) => options.UseNpgsql()));
        await using var scope = host.Services.CreateAsyncScope();
        Assert.NotNull(scope.ServiceProvider.GetRequiredService<EitherContext>().User);
    }

    private static IHost Build(
        Action<IServiceCollection> add, Action<EngineOptions>? engine = null, string url = PostgreSql)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:default", url)]);
        builder.ConfigureContainer(new DefaultServiceProviderFactory(new ServiceProviderOptions { ValidateScopes = true }));
        builder.Services.AddLogging();
        builder.Services.AddMillpond(options =>
        {
            (engine ?? (static chosen => chosen.UsePostgreSql()))(options);
            options.WarmUp = false;
        });
        add(builder.Services);
        return builder.Build();
    }

    private static async Task<string> RefusedAsync(IHost host) =>
        (await Assert.ThrowsAnyAsync<InvalidOperationException>(() => host.StartAsync(Token))).Message;

    private sealed class FactoryUser(IDbContextFactory<TenantContext> contexts)
    {
        public IDbContextFactory<TenantContext> Contexts => contexts;
    }

    private sealed class EitherContext : DbContext
    {
        public EitherContext(DbContextOptions<EitherContext> options)
            : base(options)
        {
        }

        public EitherContext(DbContextOptions<EitherContext> options, FactoryUser user)
            : base(options) => User = user;

        public FactoryUser? User { get; }
    }
}
