using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>What the tests of contexts stand on: a fresh database with a shop, and services that have contexts on it.</summary>
public abstract class ContextTestBase : IAsyncLifetime
{
    private static readonly Databases Recycled = Databases.PostgreSql(
        DatabaseTemplate.FromCode((engine, ct) => engine.EnsureCreatedAsync<ShopContext>(
            options => EfProvider.Choose(options, isPostgres: true), ct)),
        static o => (o.MaxDatabases, o.MaxKept, o.Output) = (8, 0, static _ => { }));

    private readonly List<ServiceProvider> _hosts = [];
    private ServiceProvider? _services;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected ScratchDatabase Database { get; private set; } = null!;

    protected ServiceProvider Services => _services ??= Host();

    protected DbEngine Engine => Services.GetRequiredService<DbEngine>();

    public async ValueTask InitializeAsync()
    {
        Database = await CreateDatabaseAsync();
        if (!Database.IsFilled)
        {
            await using var engine = Database.CreateEngine();
            await engine.EnsureCreatedAsync<ShopContext>(Choose, Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await NothingHeldAsync(host.GetRequiredService<DbEngine>());
            await host.DisposeAsync();
        }

        await Database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract Task<ScratchDatabase> CreateDatabaseAsync();

    /// <summary>A database of PostgreSQL's that holds the shop and that other tests have had.</summary>
    protected static Task<ScratchDatabase> RecycledAsync() => ScratchDatabase.RecycledAsync(Recycled);

    protected void Choose(DbContextOptionsBuilder options) => EfProvider.Choose(options, Database.IsPostgres);

    /// <summary>Makes services with an engine and two contexts; the first has settings of the test's own.</summary>
    protected ServiceProvider Host(
        Action<DbContextOptionsBuilder>? context = null,
        bool pooled = false,
        Action<SessionDbContextOptions>? sessions = null,
        Action<EngineOptions>? engine = null)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMillpond(options =>
        {
            Database.Configure(options);
            options.WarmUp = false;
            engine?.Invoke(options);
        });
        services.AddSessionDbContext<ShopContext>(
            (_, options) =>
            {
                Choose(options);
                context?.Invoke(options);
            },
            pooled,
            sessions);
        services.AddSessionDbContext<StockContext>((_, options) => Choose(options), pooled);
        var host = services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true });
        _hosts.Add(host);
        return host;
    }

    /// <summary>Works in a scope of its own, on which nothing is committed but by the work.</summary>
    protected async Task InScopeAsync(Func<ShopContext, DbSession, Task> work, ServiceProvider? host = null)
    {
        var over = new OperationCanceledException();
        try
        {
            await (host ?? Services).RunInSessionAsync(
                async (scope, _) =>
                {
                    await work(scope.GetRequiredService<ShopContext>(), scope.GetRequiredService<DbSession>());
                    throw over;   // so that nothing else is committed
                },
                cancellationToken: Token);
        }
        catch (OperationCanceledException end) when (ReferenceEquals(end, over))
        {
            // Its work is done.
        }
    }

    /// <summary>Saves and commits in a scope of its own.</summary>
    protected Task SeedAsync(params object[] entities) => InScopeAsync(async (db, session) =>
    {
        db.AddRange(entities);
        await db.SaveChangesAsync(Token);
        await session.CommitAsync(Token);
    });

    /// <summary>Asserts that nothing is held any more; a clean-up in the background is given a moment.</summary>
    protected static async Task NothingHeldAsync(DbEngine engine)
    {
        var end = DateTime.UtcNow.AddSeconds(10);
        while (engine.GetSnapshot() is { } now && now.InUse + now.Holders.Count + now.Waiting > 0 && DateTime.UtcNow < end)
        {
            await Task.Delay(5, Token);
        }

        var left = engine.GetSnapshot();
        Assert.Equal((0, 0, 0), (left.InUse, left.Holders.Count, left.Waiting));
    }

    /// <summary>Reads past the host under test what is committed.</summary>
    protected async Task<long> CountAsync(string what)
    {
        await using var engine = Database.CreateEngine(static options => options.PoolSize = 1);
        return await engine.RunAsync(
            async (session, token) =>
            {
                await using var command = session.Connection.CreateCommand();
                command.CommandText = $"select count(*) from {what}";
                return Convert.ToInt64(await command.ExecuteScalarAsync(token), null);
            },
            new DbSessionOptions { Access = SessionAccess.ReadOnly },
            Token);
    }
}
