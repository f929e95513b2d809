using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Millpond.IntegrationTests.Sqlite;

/// <summary>The ledger of hops for EF Core.</summary>
public sealed class ContextHopTests : HopTestBase
{
    [Fact]
    public async Task E03_A_query_of_EF_costs_one_awaited_hop() =>
        Assert.Equal("SELECT (boundary)", await VerbsOfAsync(SessionAccess.ReadOnly, QueryAsync));

    /// <remarks>EF sets a savepoint before the UPDATE and its reader, and releases it after them.</remarks>
    [Fact]
    public async Task E03_A_save_of_one_row_costs_five_hops() => Assert.Equal(
        "(boundary) UPDATE (boundary) (boundary) (boundary)", await VerbsOfAsync(SessionAccess.ReadWrite, SaveAsync));

    [Fact]
    public async Task E03_A_query_before_a_save_costs_one_more_hop() => Assert.Equal(
        "SELECT (boundary) UPDATE (boundary) (boundary) (boundary)",
        await VerbsOfAsync(SessionAccess.ReadWrite, static async db =>
        {
            await QueryAsync(db);
            await SaveAsync(db);
        }));

    [Fact]
    public async Task S27_Statements_queued_before_a_save_of_EF_cost_one_hop() => Assert.Equal(
        "(boundary) (boundary) UPDATE (boundary) (boundary) (boundary)",
        await VerbsOfAsync(
            SessionAccess.ReadWrite, SaveAsync, static session => session.Queue($"update users set name = 'bob'")));

    private async Task<string> VerbsOfAsync(
        SessionAccess access, Func<PeopleContext, Task> work, Action<DbSession>? first = null)
    {
        ServiceCollection services = [];
        services.AddLogging();
        services.AddMillpond(options =>
        {
            Database.Configure(options);
            (options.PoolSize, options.MaxOverflow, options.WarmUp) = (1, 0, false);
            options.TimeProvider = new FakeTimeProvider();
        });
        services.AddSessionDbContext<PeopleContext>(static (_, options) => options.UseSqlite());
        await using var host = services.BuildServiceProvider();
        var engine = host.GetRequiredService<DbEngine>();
        await engine.RunAsync(
            static (session, token) => ExecuteAsync(session, "insert into users values (1, 'ada')", token),
            cancellationToken: Token);
        await RunAsync();   // EF has compiled what it needs
        await engine.RunAsync(static (session, token) => ExecuteAsync(session, "select 1", token), Writer, Token);   // it is over
        var hops = await HopsOfAsync(engine, RunAsync);
        return string.Join(' ', hops.Select(static text => text.Split(' ')[0]));

        Task RunAsync() => host.RunInSessionAsync(
            (scope, _) =>
            {
                first?.Invoke(scope.GetRequiredService<DbSession>());
                return work(scope.GetRequiredService<PeopleContext>());
            },
            options => options.Access = access,
            Token);
    }

    private static Task QueryAsync(PeopleContext db) => db.Set<Person>().AsNoTracking().ToListAsync(Token);

    private static Task SaveAsync(PeopleContext db)
    {
        db.Attach(new Person { Id = 1 }).Property(static one => one.Name).CurrentValue = "eve";
        return db.SaveChangesAsync(Token);
    }

    private sealed class Person
    {
        public int Id { get; set; }

        public string? Name { get; set; }
    }

    private sealed class PeopleContext(DbContextOptions<PeopleContext> options) : DbContext(options)
    {
        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            var person = modelBuilder.Entity<Person>().ToTable("users");
            person.Property(static one => one.Id).HasColumnName("id");
            person.Property(static one => one.Name).HasColumnName("name");
        }
    }
}
