using Bank.Startup;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Logging;
using Millpond;

[assembly: ReturnDatabases]

namespace Bank.Tests;

/// <summary>One bank for all tests. Each has a database of its own, with the bank's tables.</summary>
internal static class TestBank
{
    public static Databases Databases { get; } = Databases.PostgreSql(
        DatabaseTemplate.FromCode(static (engine, token) => new BankSchema(engine).StartAsync(token)));

    public static WebApplicationFactory<Program> Factory { get; } = new WebApplicationFactory<Program>()
        .WithWebHostBuilder(static host => host
            .UseSetting("Bank:Receipts", "")
            .ConfigureLogging(static logging => logging.ClearProviders()))
        .WithTestDatabases(Databases);
}
