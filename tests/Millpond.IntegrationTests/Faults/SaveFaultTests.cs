using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>Saves of EF Core that fail in a later statement, whose result EF reads by the driver's own reader (F05).</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class SaveFaultTests(ProxiedDatabase database, PostgreSqlRequestDatabase unused)
    : IClassFixture<ProxiedDatabase>, IClassFixture<PostgreSqlRequestDatabase>, IAsyncLifetime
{
    private TestSite _site = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await database.LookAsync(
            """
            drop table if exists entries;
            create table entries ("Id" serial primary key, "Text" text);
            drop sequence if exists conflicts;
            create sequence conflicts;
            create or replace function conflict() returns trigger language plpgsql as $$
                begin
                    if nextval('conflicts') = 1 then
                        raise exception 'made for this test' using errcode = '40001';
                    end if;
                    return new;
                end $$;
            create trigger conflict before insert on entries for each row when (new."Text" = 'conflict')
                execute function conflict();
            select 0
            """);
        _site = await TestSite.StartAsync(unused, new SitePlan
        {
            Services = static services =>
            {
                services.AddMillpondProblemDetails();
                services.AddSessionDbContext<EntriesContext>(
                    static (_, options) => options.UseNpgsql(), sessions: static one => one.UnsavedChanges = UnsavedChanges.Save);
            },
            Outside = static app => app.UseExceptionHandler(static _ => { }),
            Map = static app =>
            {
                app.MapPost("/{text}/{saves}", AddAsync);
                app.MapPost("/caught", CatchAsync);
                app.MapPost("/again/{text}/{saves}", AddAsync).WithSession(static session => session.Retries = 2);
            },
            Engine = options =>
            {
                options.ConnectionString = database.GetUrl();
                (options.PoolSize, options.MaxOverflow) = (1, 0);
            },
        });
        await PostAsync("/warm/true");   // driver and context have read what they need by now
        await database.LookAsync("truncate entries; select 0");
    }

    public ValueTask DisposeAsync()
    {
        database.Proxy.Heal();
        return _site.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S17_A_conflict_in_a_later_statement_of_a_save_is_retried(bool saves)
    {
        var answer = await PostAsync($"/again/conflict/{saves}");

        Assert.Equal((HttpStatusCode.OK, 1), (answer.StatusCode, _site.Engine.GetSnapshot().Retries));
        Assert.Equal(2, await database.LookAsync("select count(*) from entries"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S17_A_connection_lost_in_a_later_statement_of_a_save_is_retried(bool saves)
    {
        var cut = CutInTheSecondStatement();

        var answer = await PostAsync($"/again/second/{saves}");

        Assert.True(cut.HasOccurred);
        Assert.Equal((HttpStatusCode.OK, 1), (answer.StatusCode, _site.Engine.GetSnapshot().Retries));
        Assert.Equal(2, await database.LookAsync("select count(*) from entries"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F05_A_connection_lost_in_a_later_statement_of_a_save_is_reported_as_lost(bool saves)
    {
        var cut = CutInTheSecondStatement();

        var answer = await PostAsync($"/second/{saves}");

        Assert.True(cut.HasOccurred);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonObject>(Token);
        Assert.Equal("MILL2001", problem!["code"]!.GetValue<string>());
        await database.AtRestAsync("a lost save");
        Assert.Equal(0, await database.LookAsync("select count(*) from entries"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F05_A_failed_save_throws_the_sessions_own_error_if_there_is_one(bool later)
    {
        var cut = later ? CutInTheSecondStatement() : Cut(3);

        var answer = await PostAsync("/caught");

        Assert.True(cut.HasOccurred);
        Assert.Equal(
            "DatabaseUnavailableException, SessionAbortedException", await answer.Content.ReadAsStringAsync(Token));
    }

    /// <summary>Fails to save, and then to read: the error was reported, so the next says what became of the session.</summary>
    private static async Task<string> CatchAsync(EntriesContext context, DbSession session, CancellationToken token)
    {
        context.AddRange(new Entry { Text = "first" }, new Entry { Text = "second" });
        var saving = await Record.ExceptionAsync(() => context.SaveChangesAsync(token));
        context.ChangeTracker.Clear();
        var reading = await Record.ExceptionAsync(() => context.Entries.CountAsync(token));
        await session.RollbackAsync(token);
        return $"{saving?.GetType().Name}, {reading?.GetType().Name}";
    }

    private static async Task AddAsync(string text, bool saves, EntriesContext context, CancellationToken token)
    {
        context.Add(new Entry { Text = "first" });
        context.Add(new Entry { Text = text });
        if (saves)
        {
            await context.SaveChangesAsync(token);
        }
    }

    /// <summary>BEGIN, SAVEPOINT and the first INSERT are done; the word that the second one is does not arrive.</summary>
    private ArmedFault CutInTheSecondStatement() => Cut(4);

    private ArmedFault Cut(int done) =>
        database.Proxy.Arm(new FaultPoint(FaultKind.Close, WireSide.Server, done) { Type = 'C' });

    private Task<HttpResponseMessage> PostAsync(string path) => _site.Client.PostAsync(path, null, Token);

    internal sealed class Entry
    {
        public int Id { get; set; }

        public string Text { get; set; } = "";
    }

    internal sealed class EntriesContext(DbContextOptions<EntriesContext> options) : DbContext(options)
    {
        public DbSet<Entry> Entries => Set<Entry>();

        protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Entry>().ToTable("entries");
    }
}
