using Microsoft.EntityFrameworkCore;
using Millpond;

namespace Shop.Database;

/// <summary>Creates the tables and the first products before the server listens.</summary>
internal sealed class ShopSchema(DbEngine engine) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) =>
        engine.RunSetupAsync<ShopContext>(CreateAsync, cancellationToken: cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task CreateAsync(ShopContext shop, CancellationToken cancellationToken)
    {
        if (!engine.IsSqlite())
        {
            // Several shops may start on one server at the same time. The lock ends with the connection.
            await shop.Database.OpenConnectionAsync(cancellationToken);
            await shop.Database.ExecuteSqlAsync($"select pg_advisory_lock(5090)", cancellationToken);
        }

        await shop.Database.EnsureCreatedAsync(cancellationToken);
    }
}
