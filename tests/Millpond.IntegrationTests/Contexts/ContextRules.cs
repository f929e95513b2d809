using System.Data.Common;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>What EF Core does on a session, on every database.</summary>
public abstract class ContextRules : ContextTestBase
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task E02_Injecting_a_context_takes_no_connection(bool pooled)
    {
        var host = Host(pooled: pooled);
        await InScopeAsync(
            async (db, session) =>
            {
                db.Customers.Add(new Customer { Name = "ada" });
                db.ChangeTracker.Clear();
                Assert.Equal(SessionState.Idle, session.State);
                await session.CommitAsync(Token);
                Assert.Equal((0L, 0), (host.GetRequiredService<DbEngine>().GetSnapshot().Commits, InUse(host)));

                await db.Customers.CountAsync(Token);
                Assert.Equal((SessionState.Active, 1), (session.State, InUse(host)));
            },
            host);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public async Task E03_The_first_operation_may_be_a_save_of_any_size(int rows)
    {
        await InScopeAsync(async (db, session) =>
        {
            var added = Enumerable.Range(0, rows).Select(static i => new Customer { Name = $"customer {i}" }).ToList();
            db.AddRange(added);
            Assert.Equal(rows, await db.SaveChangesAsync(Token));
            Assert.Equal(rows, added.Select(static one => one.Id).Distinct().Count());
            Assert.Equal(0, await CountAsync("\"Customers\""));   // a save commits nothing

            db.ChangeTracker.Clear();
            foreach (var one in await db.Customers.ToListAsync(Token))   // each row got the key that its entity was told
            {
                Assert.Equal(one.Name, added.Single(other => other.Id == one.Id).Name);
            }

            await session.CommitAsync(Token);
        });
        Assert.Equal(rows, await CountAsync("\"Customers\""));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task E03_A_failed_save_can_be_followed_by_another(int rows)
    {
        await SeedAsync(new Customer { Name = "ada" });
        await InScopeAsync(async (db, session) =>
        {
            db.AddRange(Enumerable.Range(2, rows - 1).Select(static i => new Customer { Name = $"customer {i}" }));
            db.Add(new Customer { Name = "ada" });
            var failure = await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync(Token));
            Assert.IsNotType<InvalidOperationException>(failure.InnerException);

            db.ChangeTracker.Clear();
            db.Add(new Customer { Name = "bob" });
            await db.SaveChangesAsync(Token);
            await session.CommitAsync(Token);
        });
        Assert.Equal((2, 1), (await CountAsync("\"Customers\""), await CountAsync("\"Customers\" where \"Name\" = 'bob'")));
    }

    [Fact]
    public async Task E03_A_users_transaction_commits_or_rolls_back_its_part()
    {
        await InScopeAsync(async (db, session) =>
        {
            await using (var kept = await db.Database.BeginTransactionAsync(Token))
            {
                db.Add(new Customer { Name = "ada" });
                await db.SaveChangesAsync(Token);
                await kept.CommitAsync(Token);
            }

            foreach (var explicitly in (bool[])[true, false])
            {
                db.ChangeTracker.Clear();   // EF keeps believing in what a rollback undid
                await using var undone = await db.Database.BeginTransactionAsync(Token);
                db.Add(new Customer { Name = "bob" });
                await db.SaveChangesAsync(Token);
                await (explicitly ? undone.RollbackAsync(Token) : Task.CompletedTask);
                db.ChangeTracker.Clear();   // EF keeps what it saved, and SQLite gives the same key again
            }

            Assert.Equal("ada", (await db.Customers.SingleAsync(Token)).Name);
            Assert.Equal(0, await CountAsync("\"Customers\""));   // an inner commit commits nothing
            await session.CommitAsync(Token);
        });
        Assert.Equal(1, await CountAsync("\"Customers\""));
    }

    [Fact]
    public async Task E03_A_transaction_of_EF_can_be_passed_to_Dapper()
    {
        await SeedAsync(new Customer { Name = "ada" });
        await InScopeAsync(static async (db, session) =>
        {
            await using (var transaction = await db.Database.BeginTransactionAsync(Token))
            {
                await session.Connection.ExecuteAsync(
                    "delete from \"Customers\"", transaction: transaction.GetDbTransaction());
                Assert.Equal(0, await db.Customers.CountAsync(Token));
            }

            Assert.Equal(1, await db.Customers.CountAsync(Token));
        });
    }

    [Fact]
    public async Task E03_A_failed_save_in_the_users_transaction_can_be_followed_by_another()
    {
        await SeedAsync(new Customer { Name = "ada" });
        await InScopeAsync(async (db, session) =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync(Token);
            db.Add(new Customer { Name = "ada" });
            await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync(Token));
            db.ChangeTracker.Clear();
            db.Add(new Customer { Name = "bob" });
            await db.SaveChangesAsync(Token);
            await transaction.CommitAsync(Token);
            await session.CommitAsync(Token);
        });
        Assert.Equal(2, await CountAsync("\"Customers\""));
    }

    [Fact]
    public async Task E03_Split_queries_and_includes_work()
    {
        await SeedAsync(
            new Customer { Name = "ada", Orders = { new Order { Price = 1.5m }, new Order { Price = 2 } } },
            new Customer { Name = "bob", Orders = { new Order { Price = 3 } } });
        await InScopeAsync(async (db, _) =>
        {
            var customers = await db.Customers.Include(static one => one.Orders).OrderBy(static one => one.Name)
                .AsSplitQuery().ToListAsync(Token);
            Assert.Equal([2, 1], customers.Select(static one => one.Orders.Count));
            Assert.Equal(3, await db.Customers.Include(static one => one.Orders).SelectMany(static one => one.Orders)
                .CountAsync(Token));
        });
    }

    [Fact]
    public async Task E03_Updates_and_deletes_without_entities_work()
    {
        await SeedAsync(new Customer { Name = "ada" }, new Customer { Name = "bob" });
        await InScopeAsync(async (db, session) =>
        {
            Assert.Equal(1, await db.Customers.Where(static one => one.Name == "ada")
                .ExecuteUpdateAsync(static set => set.SetProperty(static one => one.Name, "cleo"), Token));
            Assert.Equal(1, await db.Customers.Where(static one => one.Name == "bob").ExecuteDeleteAsync(Token));
            await session.CommitAsync(Token);
        });
        Assert.Equal((1, 1), (await CountAsync("\"Customers\""), await CountAsync("\"Customers\" where \"Name\" = 'cleo'")));
    }

    [Fact]
    public async Task E03_A_precompiled_model_works()
    {
        IModel? model = null;
        await Engine.RunSetupAsync<ShopContext>((db, _) =>
        {
            // Not the one that the context would build by itself: it knows no orders.
            var builder = new ModelBuilder(ConventionSet.CreateConventionSet(db));
            builder.Ignore<Order>();
            if (Database.IsPostgres)
            {
                builder.Entity<Customer>().Property(static one => one.Version).IsRowVersion();
            }

            model = builder.FinalizeModel();
            return Task.CompletedTask;
        }, cancellationToken: TestContext.Current.CancellationToken);
        var host = Host(options => options.UseModel(model!));
        await InScopeAsync(
            async (db, session) =>
            {
                Assert.Equal([typeof(Customer)], db.Model.GetEntityTypes().Select(static one => one.ClrType));
                db.Add(new Customer { Name = "ada" });
                await db.SaveChangesAsync(Token);
                Assert.Equal("ada", (await db.Customers.AsNoTracking().SingleAsync(Token)).Name);
                await session.CommitAsync(Token);
            },
            host);
    }

    [Fact]
    public async Task E03_A_second_query_beside_an_open_stream_is_rejected_if_the_driver_does_not_support_it()
    {
        await SeedAsync(new Customer { Name = "ada" }, new Customer { Name = "bob" });
        await InScopeAsync(async (db, session) =>
        {
            List<string> names = [];
            await foreach (var one in db.Customers.OrderBy(static one => one.Name).AsAsyncEnumerable().WithCancellation(Token))
            {
                names.Add(one.Name);
                if (!Database.IsPostgres)
                {
                    Assert.Equal(0, await db.Orders.CountAsync(Token));
                    continue;
                }

                var refused = await Assert.ThrowsAsync<SessionConcurrencyException>(() => db.Orders.CountAsync(Token));
                Assert.Contains("FROM \"Customers\"", refused.Message, StringComparison.Ordinal);
                Assert.Contains("FROM \"Orders\"", refused.Message, StringComparison.Ordinal);
            }

            Assert.Equal(["ada", "bob"], names);
            Assert.Equal(0, await db.Orders.CountAsync(Token));
            await session.CommitAsync(Token);
        });
    }

    [Fact]
    public async Task E03_Two_contexts_and_Dapper_share_one_transaction()
    {
        await Services.RunInSessionAsync(
            async (scope, _) =>
            {
                var (shop, stock, session) = (
                    scope.GetRequiredService<ShopContext>(),
                    scope.GetRequiredService<StockContext>(),
                    scope.GetRequiredService<DbSession>());
                shop.Add(new Customer { Name = "ada" });
                await shop.SaveChangesAsync(Token);
                await session.Connection.ExecuteAsync("update \"Customers\" set \"Name\" = 'bob'");
                var seen = await stock.Customers.SingleAsync(Token);
                Assert.Equal("bob", seen.Name);
                seen.Name = "cleo";
                await stock.SaveChangesAsync(Token);
                Assert.Equal("cleo", await session.Connection.QuerySingleAsync<string>("select \"Name\" from \"Customers\""));
                Assert.Equal(1, InUse(Services));
                await session.RollbackAsync(Token);
            },
            cancellationToken: Token);

        Assert.Equal(0, await CountAsync("\"Customers\""));
    }

    [Fact]
    public async Task E03_Raw_SQL_works()
    {
        await SeedAsync(new Customer { Name = "ada" });
        await InScopeAsync(async (db, _) =>
        {
            var name = "ada";
            var found = Database.IsPostgres
                ? db.Customers.FromSql($"select *, xmin from \"Customers\" where \"Name\" = {name}")
                : db.Customers.FromSql($"select * from \"Customers\" where \"Name\" = {name}");
            Assert.Single(await found.ToListAsync(Token));
            Assert.Equal([1], await db.Database.SqlQuery<int>($"select cast(count(*) as int) as \"Value\" from \"Customers\"")
                .ToListAsync(Token));
            Assert.Equal(1, await db.Database.ExecuteSqlAsync($"update \"Customers\" set \"Name\" = 'bob'", Token));
        });
    }

    [Fact]
    public async Task E03_Opening_and_closing_the_connection_has_no_effect()
    {
        await InScopeAsync(async (db, session) =>
        {
            await db.Database.OpenConnectionAsync(Token);
            db.Add(new Customer { Name = "ada" });
            await db.SaveChangesAsync(Token);
            await db.Database.CloseConnectionAsync();
            await db.Database.CloseConnectionAsync();
            Assert.True(await db.Database.CanConnectAsync(Token));
            Assert.Equal(1, await db.Customers.CountAsync(Token));
            await session.CommitAsync(Token);
        });
        Assert.Equal(1, await CountAsync("\"Customers\""));
    }

    [Fact]
    public async Task E03_A_synchronous_save_is_rejected()
    {
        await InScopeAsync((db, _) =>
        {
            db.Add(new Customer { Name = "ada" });
            var refused = Assert.ThrowsAny<Exception>(() => db.SaveChanges());
            Assert.IsType<SynchronousCallException>(refused is DbUpdateException ? refused.InnerException : refused);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task E01_A_retrying_execution_strategy_is_rejected()
    {
        var host = Host(Database.IsPostgres
            ? static options => options.UseNpgsql(static npgsql => npgsql.EnableRetryOnFailure())
            : static options => options.UseSqlite(static sqlite => sqlite.ExecutionStrategy(
                static dependencies => new EagerStrategy(dependencies))));
        var refused = await Assert.ThrowsAnyAsync<InvalidOperationException>(
            () => InScopeAsync((_, _) => Task.CompletedTask, host));
        Assert.StartsWith("ShopContext is configured with its own retries", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task E01_A_context_with_its_own_connection_is_rejected()
    {
        var host = Host(Database.IsPostgres
            ? static options => options.UseNpgsql("Host=elsewhere;Password=secret")
            : static options => options.UseSqlite("Data Source=elsewhere.db"));
        var refused = await Assert.ThrowsAnyAsync<InvalidOperationException>(
            () => InScopeAsync((_, _) => Task.CompletedTask, host));
        Assert.StartsWith("ShopContext is configured with a connection", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("elsewhere", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UnsavedChanges.Throw)]
    [InlineData(UnsavedChanges.Save)]
    [InlineData(UnsavedChanges.Ignore)]
    public async Task E02_A_save_in_autocommit_does_not_report_its_own_changes_as_unsaved(UnsavedChanges unsaved)
    {
        await InScopeAsync(
            static async (db, _) =>
            {
                db.Add(new Order { CustomerId = 1, Price = 5 });
                await db.SaveChangesAsync(Token);
                await using var transaction = await db.Database.BeginTransactionAsync(Token);
                db.Add(new Order { CustomerId = 1, Price = 6 });
                await db.SaveChangesAsync(Token);
                await transaction.CommitAsync(Token);
            },
            await AutocommitAsync(unsaved));
        Assert.Equal(2, await CountAsync("\"Orders\""));
    }

    [Theory]
    [InlineData(UnsavedChanges.Throw, 0)]
    [InlineData(UnsavedChanges.Save, 1)]
    [InlineData(UnsavedChanges.Ignore, 0)]
    public async Task E02_In_autocommit_the_sessions_own_commit_checks_for_unsaved_changes(UnsavedChanges unsaved, int saved)
    {
        await InScopeAsync(
            async (db, session) =>
            {
                db.Add(new Order { CustomerId = 1, Price = 5 });
                var error = await Record.ExceptionAsync(() => session.CommitAsync(Token));
                Assert.Equal(unsaved == UnsavedChanges.Throw, error is UnsavedChangesException);
            },
            await AutocommitAsync(unsaved));
        Assert.Equal(saved, await CountAsync("\"Orders\""));
    }

    private async Task<ServiceProvider> AutocommitAsync(UnsavedChanges unsaved)
    {
        await SeedAsync(new Customer { Name = "ada" });
        return Host(
            engine: static options => options.Session.Mode = SessionMode.Autocommit,
            sessions: options => options.UnsavedChanges = unsaved);
    }

    private static int InUse(IServiceProvider host) => host.GetRequiredService<DbEngine>().GetSnapshot().InUse;

    private sealed class EagerStrategy(Microsoft.EntityFrameworkCore.Storage.ExecutionStrategyDependencies dependencies)
        : Microsoft.EntityFrameworkCore.Storage.ExecutionStrategy(dependencies, 3, TimeSpan.Zero)
    {
        protected override bool ShouldRetryOn(Exception exception) => exception is DbException;
    }
}
