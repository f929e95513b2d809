using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>Warnings about contexts that <c>AddDbContext</c> registers beside sessions. None reaches a database.</summary>
public sealed class OrdinaryContextTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task E01_A_context_registered_without_sessions_is_reported_with_what_to_change()
    {
        var lines = await StartAsync("sqlite:shop.db", static services => services.AddDbContext<FirstContext>(
            static options => options.UseSqlite("Data Source=shop.db")));
        Assert.Equal(
            "FirstContext is registered with AddDbContext, so it does not use the session's connection and transaction. If it " +
            "uses an engine's database, register it with AddSessionDbContext<FirstContext> of package " +
            "Millpond.EntityFrameworkCore.",
            Assert.Single(lines));
    }

    [Theory]
    [InlineData("sqlite:shop.db", "Data Source=shop.db", true)]
    [InlineData("sqlite:shop.db", "Data Source=other.db", false)]
    [InlineData("sqlite:shop.db", "Host=localhost;Database=shop", false)]
    [InlineData("postgresql://nobody@localhost:1/shop", "Host=127.0.0.1;Database=shop", true)]
    [InlineData("postgresql://nobody@localhost:1/shop", "Host=localhost;Database=other", false)]
    public async Task E01_An_ordinary_context_beside_session_contexts_is_reported_if_it_uses_an_engines_database(
        string engine, string context, bool isReported)
    {
        var lines = await StartAsync(engine, services =>
        {
            services.AddSessionDbContext<FirstContext>((_, options) => Choose(options, engine));
            services.AddDbContext<SecondContext>(options => Choose(options, context, context));
        });
        Assert.Equal(
            isReported
                ? ["SecondContext is registered with AddDbContext, so it does not use the session's connection and " +
                   "transaction, although it uses the database of engine 'default'. Register it with " +
                   "AddSessionDbContext<SecondContext> instead."]
                : [],
            lines);
    }

    [Fact]
    public async Task E01_A_context_that_cannot_be_created_at_startup_is_not_reported()
    {
        var lines = await StartAsync("sqlite:shop.db", static services =>
        {
            services.AddSessionDbContext<FirstContext>(static (_, options) => options.UseSqlite());
            services.AddDbContext<SecondContext>(static _ => throw new InvalidOperationException("There is no request."));
        });
        Assert.Empty(lines);
    }

    private static void Choose(DbContextOptionsBuilder options, string by, string? connection = null) =>
        _ = by.StartsWith("sqlite", StringComparison.Ordinal) || by.StartsWith("Data", StringComparison.Ordinal)
            ? options.UseSqlite(connection)
            : options.UseNpgsql(connection);

    private static async Task<string[]> StartAsync(string url, Action<IServiceCollection> add)
    {
        using var log = new LogBook();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:default", url)]);
        builder.Logging.AddProvider(log);
        builder.Services.AddMillpond(static options => options.UseSqlite().UsePostgreSql().WarmUp = false);
        add(builder.Services);
        using var host = builder.Build();
        await host.StartAsync(Token);
        return
        [
            .. log.Of(LogLevel.Warning)
                .Select(static line => line.Trim())
                .Where(static line => line.Contains("AddDbContext", StringComparison.Ordinal)),
        ];
    }

    private sealed class FirstContext(DbContextOptions<FirstContext> options) : DbContext(options);

    private sealed class SecondContext(DbContextOptions<SecondContext> options) : DbContext(options);
}
