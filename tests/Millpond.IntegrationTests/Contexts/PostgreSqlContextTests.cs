using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Sessions;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlContextTests : ContextRules
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S26_The_next_save_reports_a_swallowed_error_in_a_later_row(bool streamed)
    {
        await InScopeAsync(async (db, session) =>
        {
            var numbers = db.Database.SqlQuery<int>($"select 10 / (3 - x) as \"Value\" from generate_series(1, 5) as x");
            var first = await Assert.ThrowsAsync<PostgresException>(
                () => streamed ? ReadAsync(numbers) : numbers.ToListAsync(Token));
            Assert.Equal(SessionState.Aborted, session.State);

            db.Add(new Customer { Name = "ada" });
            var second = await Assert.ThrowsAsync<SessionAbortedException>(() => db.SaveChangesAsync(Token));
            Assert.Same(first, second.InnerException);
            var third = await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
            Assert.Same(first, third.InnerException);
        });
    }

    [Fact]
    public async Task S26_The_next_save_reports_an_error_of_Dapper_on_the_contexts_connection()
    {
        await InScopeAsync(async (db, session) =>
        {
            var first = await Assert.ThrowsAsync<PostgresException>(() => db.Database.GetDbConnection().QueryAsync<int>(
                "select 10 / (3 - x) from generate_series(1, 5) as x"));
            var second = await Assert.ThrowsAsync<SessionAbortedException>(() => db.Customers.CountAsync(Token));
            Assert.Same(first, second.InnerException);
        });
    }

    [Fact]
    public async Task S11_An_error_in_a_later_row_rolls_back_the_users_transaction()
    {
        await InScopeAsync(async (db, session) =>
        {
            await using (await db.Database.BeginTransactionAsync(Token))
            {
                await Assert.ThrowsAsync<PostgresException>(() => db.Database.SqlQuery<int>(
                    $"select 10 / (3 - x) as \"Value\" from generate_series(1, 5) as x").ToListAsync(Token));
            }

            db.Add(new Customer { Name = "ada" });
            await db.SaveChangesAsync(Token);
            await session.CommitAsync(Token);
        });
        Assert.Equal(1, await CountAsync("\"Customers\""));
    }

    [Fact]
    public async Task E01_The_pool_knows_types_created_by_EnsureCreated()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMillpond(options => options.UsePostgreSql(
            Database.Url, static o => o.ConfigureDataSource(static source => source.MapEnum<Mood>("mood"))));
        services.AddSessionDbContext<MoodContext>(static (_, options) => options.UseNpgsql(static n => n.MapEnum<Mood>("mood")));
        await using var host = services.BuildServiceProvider();
        var engine = host.GetRequiredService<DbEngine>();
        await engine.WarmUpAsync(Token);   // the driver has read the types
        await engine.RunSetupAsync<MoodContext>(
            static (db, token) => db.Database.ExecuteSqlRawAsync(db.Database.GenerateCreateScript(), token),
            cancellationToken: Token);
        await engine.EnsureCreatedAsync<MoodContext>(cancellationToken: Token);

        await host.RunInSessionAsync(
            static async (scope, token) =>
            {
                var db = scope.GetRequiredService<MoodContext>();
                db.Add(new MoodEntry { Mood = Mood.Sad });
                await db.SaveChangesAsync(token);
                Assert.Equal(1, await db.Entries.CountAsync(static one => one.Mood == Mood.Sad, token));
            },
            cancellationToken: Token);
    }

    [Fact]
    public async Task E01_A_reader_that_the_driver_reuses_is_not_mistaken_for_an_earlier_sessions()
    {
        await SeedAsync(new Customer { Name = "ada" }, new Customer { Name = "bob" });
        var host = Host(engine: static options => (options.PoolSize, options.MaxOverflow) = (1, 1));
        await InScopeAsync(
            async (later, _) =>
            {
                var names = later.Customers.Select(static one => one.Name).AsAsyncEnumerable().GetAsyncEnumerator(Token);
                await InScopeAsync(
                    async (db, session) =>
                    {
                        Assert.Equal(2, await db.Customers.CountAsync(Token));
                        await session.CommitAsync(Token);
                        Assert.True(await names.MoveNextAsync());   // on the same connection, by the same object of the driver's
                        Assert.Equal(2, await db.Customers.CountAsync(Token));
                        await session.CommitAsync(Token);
                    },
                    host);
                Assert.True(await names.MoveNextAsync());
                Assert.False(await names.MoveNextAsync());
                await names.DisposeAsync();
            },
            host);
    }

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();

    private static async Task<List<int>> ReadAsync(IQueryable<int> numbers)
    {
        List<int> all = [];
        await foreach (var one in numbers.AsAsyncEnumerable().WithCancellation(Token))
        {
            all.Add(one);
        }

        return all;
    }
}
