using Microsoft.Extensions.DependencyInjection;
using Millpond.Engine;

namespace Millpond.IntegrationTests.Requests;

/// <summary>The providers among which a test database's URL picks.</summary>
internal static class TestProviders
{
    public static void Offer(EngineOptions options)
    {
        options.UsePostgreSql();
        options.UseSqlite();
    }

    public static void InMemory(EngineOptions options)
    {
        options.UseSqlite();
        options.ConnectionString = "sqlite::memory:";
    }
}
