using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Requests;
using NamesSite;
using Xunit;

namespace Millpond.IntegrationTests.Adoption;

/// <summary>An application whose tests use an in-memory database, which has one connection.</summary>
public sealed class InMemoryFactoryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task E01_A_test_creates_in_memory_tables_and_reads_in_a_scope_what_requests_commit()
    {
        var log = new LogBook();
        await using var factory = new WebApplicationFactory<NamesContext>().WithWebHostBuilder(builder => builder
            .UseSetting("ConnectionStrings:default", "sqlite::memory:")
            .ConfigureLogging(logging => logging.ClearProviders().AddProvider(log)));
        using var client = factory.CreateClient();
        await factory.Services.GetRequiredService<DbEngine>().EnsureCreatedAsync<NamesContext>(cancellationToken: Token);
        await using var scope = factory.Services.CreateAsyncScope();
        var names = scope.ServiceProvider.GetRequiredService<NamesContext>();

        Assert.Equal(0, await names.Names.CountAsync(Token));
        (await client.PostAsync("/names/ada", null, Token)).EnsureSuccessStatusCode();
        Assert.Equal("ada", (await names.Names.SingleAsync(Token)).Text);

        Assert.DoesNotContain(
            log.Of(LogLevel.Warning), static line => line.Contains("unexpected type", StringComparison.Ordinal));
    }
}
