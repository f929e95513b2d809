using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>Contexts of <c>IDbContextFactory</c>, which have a session of their own.</summary>
public abstract class OwnContextRules : ContextTestBase
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task E01_A_context_from_the_factory_commits_each_save_and_holds_no_connection_between(int rows)
    {
        await using (var db = await CreateAsync())
        {
            db.AddRange(Enumerable.Range(0, rows).Select(static i => new Customer { Name = $"customer {i}" }));
            Assert.Equal(0, InUse);
            Assert.Equal(rows, await db.SaveChangesAsync(Token));
            Assert.Equal((rows, 0), (await CountAsync("\"Customers\""), InUse));

            Assert.Equal(rows, await db.Customers.ExecuteDeleteAsync(Token));
            Assert.Equal((0, 0), (await CountAsync("\"Customers\""), InUse));
        }
    }

    [Fact]
    public async Task E01_A_save_of_a_context_from_the_factory_is_atomic()
    {
        await using var db = await CreateAsync();
        db.AddRange(new Customer { Name = "ada" }, new Customer { Name = "bob" }, new Customer { Name = "ada" });
        await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync(Token));
        Assert.Equal((0, 0), (await CountAsync("\"Customers\""), InUse));

        db.ChangeTracker.Clear();
        db.Add(new Customer { Name = "ada" });
        await db.SaveChangesAsync(Token);
        Assert.Equal(1, await CountAsync("\"Customers\""));
    }

    [Fact]
    public async Task E01_A_transaction_of_a_factory_context_is_durable_with_its_commit()
    {
        await using var db = await CreateAsync();
        await using (var kept = await db.Database.BeginTransactionAsync(Token))
        {
            db.Add(new Customer { Name = "ada" });
            await db.SaveChangesAsync(Token);
            Assert.Equal((0, 1), (await CountAsync("\"Customers\""), InUse));
            await kept.CommitAsync(Token);
        }

        Assert.Equal((1, 0), (await CountAsync("\"Customers\""), InUse));
        await using (await db.Database.BeginTransactionAsync(Token))
        {
            await db.Customers.ExecuteDeleteAsync(Token);
        }

        Assert.Equal((1, 0), (await CountAsync("\"Customers\""), InUse));
    }

    [Fact]
    public async Task E01_A_stream_of_a_context_from_the_factory_holds_a_connection_until_it_is_abandoned()
    {
        await SeedAsync(new Customer { Name = "ada" }, new Customer { Name = "bob" });
        await using var db = await CreateAsync();
        await foreach (var one in db.Customers.AsAsyncEnumerable().WithCancellation(Token))
        {
            Assert.Equal(1, InUse);
            break;
        }

        Assert.Equal(0, InUse);
        Assert.Equal(2, await db.Customers.CountAsync(Token));
        Assert.Equal(0, InUse);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task E01_Disposing_a_factory_context_returns_its_connection(bool asynchronously, bool inTransaction)
    {
        await SeedAsync(new Customer { Name = "ada" }, new Customer { Name = "bob" });
        var db = await CreateAsync();
        await (inTransaction ? db.Database.BeginTransactionAsync(Token) : db.Database.OpenConnectionAsync(Token));
        await db.Customers.Where(static one => one.Name == "bob").ExecuteDeleteAsync(Token);
        Assert.Equal(1, InUse);
        await using var late = db.Database.GetDbConnection().CreateCommand();
        late.CommandText = "delete from \"Customers\"";
        if (asynchronously)
        {
            await db.DisposeAsync();
            Assert.Equal(0, InUse);
        }
        else
        {
            db.Dispose();   // hands over, and does not block
        }

        await NothingHeldAsync(Engine);
        await Assert.ThrowsAsync<SessionEndedException>(() => late.ExecuteNonQueryAsync(Token));
        Assert.Equal(inTransaction ? 2 : 1, await CountAsync("\"Customers\""));
    }

    [Fact]
    public async Task E01_A_synchronously_disposed_transaction_of_a_factory_context_ends_immediately()
    {
        await using var db = await CreateAsync();
        for (var round = 0; round < 2; round++)
        {
            using (await db.Database.BeginTransactionAsync(Token))
            {
                db.Add(new Customer { Name = $"dropped {round}" });
                await db.SaveChangesAsync(Token);
            }

            db.ChangeTracker.Clear();
            db.Add(new Customer { Name = $"kept {round}" });
            await db.SaveChangesAsync(Token);
        }

        Assert.Equal((2, 0), (await CountAsync("\"Customers\""), InUse));
    }

    [Fact]
    public async Task E01_Closing_the_connection_of_a_factory_context_rolls_back_an_open_transaction()
    {
        await using var db = await CreateAsync();
        await db.Database.OpenConnectionAsync(Token);
        var transaction = await db.Database.GetDbConnection().BeginTransactionAsync(Token);
        await db.Database.UseTransactionAsync(transaction, Token);
        db.Add(new Customer { Name = "dropped" });
        await db.SaveChangesAsync(Token);
        await db.Database.GetDbConnection().CloseAsync();
        await transaction.DisposeAsync();
        Assert.Equal((0, 0), (await CountAsync("\"Customers\""), InUse));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S12_A_factory_context_inside_a_job_uses_the_jobs_database(bool pooled)
    {
        await using var own = Database.CreateEngine();
        var host = Host(pooled: pooled);
        var seen = new TaskCompletionSource<(int Own, int Main)>();
        await using var origin = own.OpenSession();
        host.GetRequiredService<BackgroundSessions>().EnqueueNow(
            async (_, services, token) =>
            {
                await using var db = await services.GetRequiredService<IDbContextFactory<ShopContext>>()
                    .CreateDbContextAsync(token);
                await using var transaction = await db.Database.BeginTransactionAsync(token);
                seen.SetResult((own.GetSnapshot().InUse, host.GetRequiredService<DbEngine>().GetSnapshot().InUse));
            },
            sameDatabaseAs: origin);
        Assert.Equal((1, 0), await seen.Task.WaitAsync(TimeSpan.FromSeconds(10), Token));
    }

    [Fact]
    public async Task E01_Unpooled_contexts_have_the_services_of_their_scope()
    {
        var host = Host(pooled: false);
        await using var scope = host.CreateAsyncScope();
        await using var db = await scope.ServiceProvider.GetRequiredService<IDbContextFactory<ShopContext>>()
            .CreateDbContextAsync(Token);
        db.Add(new Customer { Name = "ada" });
        await db.SaveChangesAsync(Token);
        Assert.Equal(1, await CountAsync("\"Customers\""));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task E01_A_synchronously_disposed_transaction_of_a_factory_context_is_undone_first(bool saves)
    {
        await SeedAsync(new Customer { Name = "ada" });
        await using var db = await CreateAsync();
        using (await db.Database.BeginTransactionAsync(Token))
        {
            await db.Customers.ExecuteDeleteAsync(Token);
        }

        if (saves)
        {
            db.Add(new Customer { Name = "bob" });
            await db.SaveChangesAsync(Token);
        }
        else
        {
            await using var next = await db.Database.BeginTransactionAsync(Token);
            await db.Customers.Where(static one => one.Name == "ada").ExecuteUpdateAsync(
                static set => set.SetProperty(static one => one.Name, "bob"), Token);
            await next.CommitAsync(Token);
        }

        Assert.Equal((saves ? 2 : 1, 1), (
            await CountAsync("\"Customers\""), await CountAsync("\"Customers\" where \"Name\" = 'bob'")));
        await NothingHeldAsync(Engine);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task E01_Closing_the_connection_of_a_factory_context_rolls_back_its_transaction(bool asynchronously)
    {
        await SeedAsync(new Customer { Name = "ada" });
        await using var db = await CreateAsync();
        var connection = db.Database.GetDbConnection();
        await connection.OpenAsync(Token);
        await connection.BeginTransactionAsync(Token);
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = "delete from \"Customers\"";
            Assert.Equal(1, await command.ExecuteNonQueryAsync(Token));
        }

        if (asynchronously)
        {
            await connection.CloseAsync();
        }
        else
        {
            connection.Close();
        }

        Assert.Equal(1, await db.Customers.CountAsync(Token));
        await NothingHeldAsync(Engine);
    }

    [Fact]
    public async Task E02_Disposing_a_factory_context_ignores_unsaved_changes()
    {
        await using (var db = await CreateAsync())
        {
            db.Add(new Customer { Name = "ada" });
        }

        Assert.Equal(0, await CountAsync("\"Customers\""));
    }

    [Fact]
    public void E01_A_context_can_be_registered_only_once()
    {
        var services = new ServiceCollection();
        services.AddSessionDbContext<ShopContext>((_, options) => Choose(options));
        Assert.Throws<ArgumentException>(() => services.AddSessionDbContext<ShopContext>((_, options) => Choose(options)));
        Assert.Throws<ArgumentOutOfRangeException>(() => services.AddSessionDbContext<StockContext>(
            (_, options) => Choose(options), sessions: static options => options.PoolSize = 0));
        Assert.Throws<ArgumentException>(() => services.AddSessionDbContext<StockContext>(
            (_, options) => Choose(options), sessions: static options => options.UnsavedChanges = (UnsavedChanges)7));
    }

    [Fact]
    public async Task E01_A_context_uses_the_named_engine()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        foreach (var name in (string[])["default", "shop"])
        {
            services.AddMillpond(name, options =>
            {
                Database.Configure(options);
                options.WarmUp = false;
            });
        }

        services.AddSessionDbContext<ShopContext>(
            (_, options) => Choose(options), sessions: static options => options.EngineName = "shop");
        await using var host = services.BuildServiceProvider();
        var engine = host.GetRequiredKeyedService<DbEngine>("shop");
        await using (var scope = host.CreateAsyncScope())
        {
            var shop = scope.ServiceProvider.GetRequiredService<ShopContext>();
            await using var begun = await shop.Database.BeginTransactionAsync(Token);
            Assert.Equal(1, engine.GetSnapshot().InUse);
            Assert.Equal(SessionState.Active, scope.ServiceProvider.GetRequiredKeyedService<DbSession>("shop").State);
        }

        await using (var own = await host.GetRequiredService<IDbContextFactory<ShopContext>>().CreateDbContextAsync(Token))
        {
            await using var begun = await own.Database.BeginTransactionAsync(Token);
            Assert.Equal(1, engine.GetSnapshot().InUse);
        }

        await engine.MigrateAsync<ShopContext>(cancellationToken: Token);   // it has none; the engine knows the context
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            host.GetRequiredKeyedService<DbEngine>("default").MigrateAsync<ShopContext>(cancellationToken: Token));
    }

    private int InUse => Engine.GetSnapshot().InUse;

    private Task<ShopContext> CreateAsync() =>
        Services.GetRequiredService<IDbContextFactory<ShopContext>>().CreateDbContextAsync(Token);
}
