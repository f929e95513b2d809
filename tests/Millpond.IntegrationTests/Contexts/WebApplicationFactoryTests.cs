using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Requests;
using Millpond.IntegrationTests.Sessions;
using NamesSite;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>A program with a session's context, started by its tests as ASP.NET Core's manual says.</summary>
public sealed class WebApplicationFactoryTests
{
    private const string Setting = "ConnectionStrings:default";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task E01_WebApplicationFactory_sets_the_database_of_engine_and_context_with_one_setting()
    {
        await using var database = await ScratchDatabase.SqliteAsync();
        await using var engine = database.CreateEngine(static options => options.PoolSize = 1);
        await engine.RunAsync(static (session, token) => session.RunAsync(
            "create table Names (Id integer primary key, Text text not null)", token), cancellationToken: Token);
        await using var factory = new WebApplicationFactory<NamesContext>().WithWebHostBuilder(
            builder => builder.UseSetting(Setting, database.Url));
        using var client = factory.CreateClient();

        var answer = await client.PostAsync("/names/ada", null, Token);

        Assert.Equal("1", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal(1, await engine.RunAsync(
            static (session, token) => session.ScalarAsync("select count(*) from Names", token), cancellationToken: Token));
    }

    [Fact]
    public async Task E01_WebApplicationFactory_that_replaces_the_context_options_cannot_start_and_says_what_to_do()
    {
        await using var database = await ScratchDatabase.SqliteAsync();
        await using var connection = new SqliteConnection("Data Source=:memory:");
        using var log = new LogBook();
        await using var factory = new WebApplicationFactory<NamesContext>().WithWebHostBuilder(builder =>
        {
            builder.UseSetting(Setting, database.Url);
            builder.ConfigureTestServices(services =>
            {
                services.AddLogging(logging => logging.AddProvider(log));
                services.RemoveAll<DbContextOptions<NamesContext>>();
                services.AddDbContext<NamesContext>(options => options.UseSqlite(connection));
            });
        });

        // The factory may find the services of a host that failed disposed already, and then its exception says only that.
        Assert.ThrowsAny<InvalidOperationException>(factory.CreateClient);

        Assert.Contains(log.Of(LogLevel.Error), static line =>
            line.Contains("builder.UseSetting(\"ConnectionStrings:default\"", StringComparison.Ordinal));
    }
}
