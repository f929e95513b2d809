using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>The functions that EF's provider for SQLite expects of a connection.</summary>
public sealed class SqliteFunctionTests : ContextTestBase
{
    private const string Both = "select ef_sum(\"Price\") + regexp('a', 'ada') from \"Orders\"";

    [Fact]
    public async Task E04_EFs_functions_are_on_every_connection_before_the_first_context()
    {
        await Engine.WarmUpAsync(Token);
        await EachHasThemAsync(Engine);
    }

    [Fact]
    public async Task E04_EFs_functions_are_added_to_open_connections_of_a_user_created_engine()
    {
        await using var other = Database.CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (3, 0));
        await other.WarmUpAsync(Token);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMillpond(static options => options.UseSqlite("sqlite::memory:"));
        services.AddSingleton<EngineRouter>(new OneRouter(other));
        services.AddSessionDbContext<ShopContext>((_, options) => Choose(options));
        await using var host = services.BuildServiceProvider();
        await InScopeAsync(AssertSumsAsync, host);
        await EachHasThemAsync(other);
    }

    [Fact]
    public async Task E04_A_reopened_connection_has_the_functions_again()
    {
        var host = Host(engine: static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        for (var i = 0; i < 2; i++)
        {
            await InScopeAsync(
                async (db, session) =>
                {
                    await AssertSumsAsync(db, session);
                    await session.UseProviderConnectionAsync<Microsoft.Data.Sqlite.SqliteConnection>(
                        static (_, _) => Task.CompletedTask, Token);   // the connection is closed after that
                },
                host);
        }
    }

    [Fact]
    public async Task E01_An_in_memory_database_is_set_up_on_its_only_connection()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMillpond(static options => options.UseSqlite("sqlite::memory:"));
        services.AddSessionDbContext<ShopContext>((_, options) => Choose(options));
        await using var host = services.BuildServiceProvider();
        var engine = host.GetRequiredService<DbEngine>();
        Assert.True(await engine.EnsureCreatedAsync<ShopContext>(cancellationToken: Token));
        Assert.False(await engine.EnsureCreatedAsync<ShopContext>(cancellationToken: Token));
        await engine.RunSetupAsync<ShopContext>(
            static async (db, token) =>
            {
                await using var transaction = await db.Database.BeginTransactionAsync(token);
                db.Add(new Customer { Name = "seeded", Orders = { new Order { Price = 1.5m }, new Order { Price = 1 } } });
                await db.SaveChangesAsync(token);
                Assert.Equal(2.5m, await db.Orders.SumAsync(static one => one.Price, token));
                await transaction.CommitAsync(token);
            },
            cancellationToken: Token);
        await InScopeAsync(static async (db, _) => Assert.Equal("seeded", (await db.Customers.SingleAsync(Token)).Name), host);
        var refused = await Assert.ThrowsAsync<NotSupportedException>(
            () => engine.EnsureDeletedAsync<ShopContext>(cancellationToken: Token));
        Assert.StartsWith("An in-memory database ends with its engine", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task E01_An_in_memory_database_can_be_migrated()
    {
        static void Configure(DbContextOptionsBuilder options) => options.UseSqlite().ConfigureWarnings(static warnings =>
            warnings.Ignore(RelationalEventId.PendingModelChangesWarning));

        await using var engine = DbEngine.Create(static options => options.UseSqlite("sqlite::memory:"));
        Assert.Single(await engine.GetPendingMigrationsAsync<LedgerContext>(Configure, Token));
        await engine.MigrateAsync<LedgerContext>(Configure, Token);
        await engine.MigrateAsync<LedgerContext>(Configure, Token);
        Assert.Empty(await engine.GetPendingMigrationsAsync<LedgerContext>(Configure, Token));
        await engine.RunSetupAsync<LedgerContext>(
            static async (db, token) =>
            {
                db.Add(new LedgerLine { Text = "opened" });
                await db.SaveChangesAsync(token);
            },
            Configure,
            Token);
        Assert.Equal(1, await engine.RunSetupAsync<LedgerContext, int>(
            static (db, token) => db.Set<LedgerLine>().CountAsync(token), Configure, Token));
    }

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();

    private static async Task AssertSumsAsync(ShopContext db, DbSession session)
    {
        Order[] orders = [new() { Price = 0.1m }, new() { Price = 9.2m }];
        db.Add(new Customer { Name = $"ada {Guid.NewGuid()}", Orders = { orders[0], orders[1] } });
        await db.SaveChangesAsync(Token);
        Assert.Equal(9.3m, await db.Orders.SumAsync(static one => one.Price, Token));
        Assert.Equal(1, await db.Orders.CountAsync(static one => one.Price > 9m, Token));
        Assert.Equal(0.1m, (await db.Orders.OrderBy(static one => one.Price).FirstAsync(Token)).Price);
        await session.RollbackAsync(Token);
    }

    private static async Task EachHasThemAsync(DbEngine engine)
    {
        List<DbSession> all = [];
        for (var i = 0; i < 3; i++)
        {
            all.Add(engine.OpenSession(new DbSessionOptions { Access = SessionAccess.ReadOnly }));
            await using var command = all[i].Connection.CreateCommand();
            command.CommandText = Both;
            await command.ExecuteScalarAsync(Token);
        }

        Assert.Equal(3, engine.GetSnapshot().InUse);
        foreach (var one in all)
        {
            await one.DisposeAsync();
        }
    }

    private sealed class OneRouter(DbEngine engine) : EngineRouter
    {
        public override DbEngine Route(IServiceProvider services, string engineName) => engine;
    }
}
