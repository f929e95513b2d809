using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>Set-up work of EF Core, which has connections beside the pool.</summary>
public abstract class SetUpRules : ContextTestBase
{
    [Fact]
    public async Task E01_Migrations_run_beside_an_exhausted_pool()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMillpond(options =>
        {
            Database.Configure(options);
            (options.PoolSize, options.MaxOverflow) = (1, 0);
        });
        services.AddSessionDbContext<LedgerContext>((_, options) => ChooseWithoutSnapshot(options));
        await using var host = services.BuildServiceProvider();
        var engine = host.GetRequiredService<DbEngine>();
        await using (var busy = engine.OpenSession(new DbSessionOptions { Access = SessionAccess.ReadOnly }))
        {
            await busy.Connection.OpenAsync(Token);
            Assert.Equal(1, engine.GetSnapshot().InUse);
            await engine.MigrateAsync<LedgerContext>(cancellationToken: Token);
            await engine.MigrateAsync<LedgerContext>(cancellationToken: Token);   // nothing left to do
        }

        await host.RunInSessionAsync(
            static (scope, token) =>
            {
                var ledger = scope.GetRequiredService<LedgerContext>();
                ledger.Add(new LedgerLine { Text = "opened" });
                return ledger.SaveChangesAsync(token);
            },
            cancellationToken: Token);

        Assert.Equal((1, 1), (await CountAsync("\"LedgerLine\""), await CountAsync("\"__EFMigrationsHistory\"")));
    }

    [Fact]
    public async Task E01_Set_up_work_uses_no_permit_of_the_pool()
    {
        await using var engine = Database.CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        await using var busy = engine.OpenSession(new DbSessionOptions { Access = SessionAccess.ReadOnly });
        await busy.Connection.OpenAsync(Token);
        var (open, all) = (0, new TaskCompletionSource());
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => engine.RunSetupAsync<ShopContext>(
            async (db, token) =>
            {
                await db.Database.OpenConnectionAsync(token);
                if (Interlocked.Increment(ref open) == 3)
                {
                    all.SetResult();
                }

                await all.Task.WaitAsync(TimeSpan.FromSeconds(10), token);
            },
            Choose,
            Token)));
    }

    [Fact]
    public async Task E01_An_engine_created_without_a_host_accepts_the_configuration_of_its_contexts()
    {
        await using var engine = Database.CreateEngine();
        var unknown = await Assert.ThrowsAsync<InvalidOperationException>(
            () => engine.MigrateAsync<LedgerContext>(cancellationToken: Token));
        Assert.StartsWith("Engine 'default' has no LedgerContext", unknown.Message, StringComparison.Ordinal);

        await engine.MigrateAsync<LedgerContext>(ChooseWithoutSnapshot, Token);
        Assert.Equal(0, await CountAsync("\"LedgerLine\""));
    }

    [Fact]
    public async Task E01_The_engine_lists_pending_migrations()
    {
        await using var engine = Database.CreateEngine();
        Assert.Equal(
            ["20260101000000_BeginLedger"],
            await engine.GetPendingMigrationsAsync<LedgerContext>(ChooseWithoutSnapshot, Token));
        await engine.MigrateAsync<LedgerContext>(ChooseWithoutSnapshot, Token);
        Assert.Empty(await engine.GetPendingMigrationsAsync<LedgerContext>(ChooseWithoutSnapshot, Token));
    }

    [Fact]
    public async Task E01_An_engine_works_after_its_database_was_deleted_and_created_again()
    {
        await SeedAsync(new Customer { Name = "ada" });
        Assert.True(await Engine.EnsureDeletedAsync<ShopContext>(cancellationToken: Token));
        Assert.True(await Engine.EnsureCreatedAsync<ShopContext>(cancellationToken: Token));
        Assert.False(await Engine.EnsureCreatedAsync<ShopContext>(cancellationToken: Token));
        await InScopeAsync(static async (db, _) => Assert.Equal(0, await db.Customers.CountAsync(Token)));
    }

    [Fact]
    public async Task E01_Set_up_work_on_a_sessions_context_is_rejected_with_the_engines_method()
    {
        await InScopeAsync(async (db, session) =>
        {
            db.Add(new Customer { Name = "ada" });
            await db.SaveChangesAsync(Token);
            Func<Task>[] calls =
            [
                () => db.Database.MigrateAsync(Token), () => db.Database.GetPendingMigrationsAsync(Token),
                () => db.Database.GetAppliedMigrationsAsync(Token), () => db.Database.EnsureCreatedAsync(Token),
                () => db.Database.EnsureDeletedAsync(Token), () => Task.Run(db.Database.Migrate),
                () => Task.Run(db.Database.EnsureCreated), () => Task.Run(db.Database.EnsureDeleted),
                () => Task.Run(db.Database.GetAppliedMigrations),
            ];
            foreach (var call in calls)
            {
                var refused = await Assert.ThrowsAsync<MillpondNotSupportedException>(call);
                Assert.Contains("MigrateAsync<ShopContext>()", refused.Message, StringComparison.Ordinal);
                Assert.EndsWith("[MILL7002]", refused.Message, StringComparison.Ordinal);
            }

            Assert.True(await db.Database.CanConnectAsync(Token));
            Assert.NotEmpty(db.Database.GenerateCreateScript());
            await session.CommitAsync(Token);
        });
        Assert.Equal(1, await CountAsync("\"Customers\""));
    }

    [Fact]
    public async Task E01_Set_up_work_may_block_and_manage_transactions()
    {
        await Engine.RunSetupAsync<ShopContext>(
            (db, _) =>
            {
                using var transaction = db.Database.BeginTransaction();
                db.Add(new Customer { Name = "ada" });
                db.SaveChanges();
                transaction.Commit();
                return Task.CompletedTask;
            },
            cancellationToken: Token);
        Assert.Equal(1, await CountAsync("\"Customers\""));
    }

    /// <summary>The migration is written by hand, for both databases, so there is no model to compare with.</summary>
    private void ChooseWithoutSnapshot(DbContextOptionsBuilder options)
    {
        Choose(options);
        options.ConfigureWarnings(static warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning));
    }
}
