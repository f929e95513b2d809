using System.Data;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>Contexts of EF Core in requests.</summary>
public abstract class RequestContextRules(RequestDatabase database) : RequestTestBase(database)
{
    [Theory]
    [InlineData(UnsavedChanges.Throw, HttpStatusCode.InternalServerError, 0)]
    [InlineData(UnsavedChanges.Save, HttpStatusCode.OK, 1)]
    [InlineData(UnsavedChanges.Ignore, HttpStatusCode.OK, 0)]
    public async Task E02_Unsaved_changes_fail_the_commit_are_saved_or_are_ignored_as_configured(
        UnsavedChanges chosen, HttpStatusCode status, long rows)
    {
        var site = await StartAsync(
            static app => app.MapPost("/", static (UsersContext db) =>
            {
                db.Add(new User { Name = "ada" });
                return "done";
            }),
            options => options.UnsavedChanges = chosen);

        var response = await site.Client.PostAsync("/", null, Token);

        Assert.Equal((status, rows), (response.StatusCode, await CountAsync("users")));
        if (chosen == UnsavedChanges.Throw)
        {
            Assert.Equal("handled UnsavedChangesException", await response.Content.ReadAsStringAsync(Token));
            var error = Assert.IsType<UnsavedChangesException>(Assert.Single(site.Errors));
            Assert.Equal((typeof(UsersContext), 1, 0, 0, "MILL7001", false),
                (error.ContextType, error.Added, error.Modified, error.Deleted, error.Code, error.IsTransient));
            Assert.StartsWith(
                "The session of POST / could not commit, because UsersContext tracked unsaved changes: 1 added, " +
                "0 modified, 0 deleted. Nothing was committed.",
                error.Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task E02_Unsaved_changes_are_found_after_CommitAsync_and_after_a_savepoint_rollback()
    {
        var site = await StartAsync(static app =>
        {
            app.MapPost("/again", static async (UsersContext db, DbSession session) =>
            {
                db.Add(new User { Name = "ada" });
                await db.SaveChangesAsync();
                await session.CommitAsync();
                db.Add(new User { Name = "bob" });
            });
            app.MapPost("/inside", static async (HttpContext context, DbSession session) =>
            {
                await using (await session.BeginTransactionAsync())
                {
                    context.RequestServices.GetRequiredService<UsersContext>();
                }

                context.RequestServices.GetRequiredService<UsersContext>().Add(new User { Name = "bob" });
            });
            app.MapPost("/thrown-away", static (UsersContext db) =>
            {
                db.Add(new User { Name = "bob" });
                db.Dispose();
            });
        });

        Assert.Equal(HttpStatusCode.InternalServerError, (await site.Client.PostAsync("/again", null, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.InternalServerError, (await site.Client.PostAsync("/inside", null, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await site.Client.PostAsync("/thrown-away", null, Token)).StatusCode);
        Assert.All(site.Errors, static error => Assert.IsType<UnsavedChangesException>(error));
        Assert.Equal((2, 1), (site.Errors.Count, await CountAsync("users")));
    }

    [Fact]
    public async Task E02_Changes_made_by_a_hook_before_the_commit_are_saved()
    {
        var site = await StartAsync(
            static app => app.MapPost("/", static (UsersContext db, DbSession session) => session.BeforeCommit(_ =>
            {
                db.Add(new User { Name = "by the hook" });
                return Task.CompletedTask;
            })),
            static options => options.UnsavedChanges = UnsavedChanges.Save);

        Assert.Equal(HttpStatusCode.OK, (await site.Client.PostAsync("/", null, Token)).StatusCode);
        Assert.Equal(1, await CountAsync("users"));
    }

    [Fact]
    public async Task E01_A_status_of_400_rolls_back_what_a_context_saved()
    {
        var site = await StartAsync(static app => app.MapPost("/{status:int}", static async (int status, UsersContext db) =>
        {
            db.Add(new User { Name = "ada" });
            await db.SaveChangesAsync();
            db.Add(new User { Name = "never saved" });   // asked for at a commit only
            return Results.StatusCode(status);
        }));

        Assert.Equal(HttpStatusCode.Conflict, (await site.Client.PostAsync("/409", null, Token)).StatusCode);
        Assert.Equal(0, await CountAsync("users"));
    }

    [Fact]
    public async Task E01_A_pool_of_one_context_never_mixes_200_concurrent_requests()
    {
        var site = await StartAsync(
            static app => app.MapPost("/{name}", static async (string name, UsersContext db, DbSession session) =>
            {
                if (db.ChangeTracker.Entries().Any())
                {
                    throw new InvalidOperationException("It tracks somebody else's entities.");
                }

                var user = new User { Name = name };
                db.Add(user);
                await db.SaveChangesAsync();
                await Task.Yield();
                var seen = await db.Users.AsNoTracking().SingleAsync(one => one.Id == user.Id);
                var raw = await session.ScalarAsync($"select count(*) from users where id = {user.Id}");
                return $"{seen.Name} {raw} {db.ChangeTracker.Entries().Count()}";
            }),
            static options => options.PoolSize = 1,
            pooled: true);

        var names = Enumerable.Range(0, 200).Select(static i => $"user{i}").ToList();
        var answers = await Task.WhenAll(names.Select(async name =>
            await (await site.Client.PostAsync($"/{name}", null, Token)).Content.ReadAsStringAsync(Token)));

        Assert.Equal(names.Select(static name => $"{name} 1 1"), answers);
        Assert.Equal(200, await Database.ScalarAsync("select count(distinct name) from users"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task E01_A_context_used_after_its_request_is_an_error(bool pooled)
    {
        var late = new TaskCompletionSource<Exception?>();
        UsersContext? kept = null;
        var site = await StartAsync(
            app => app.MapPost("/", async (HttpContext context, UsersContext db) =>
            {
                db.Add(new User { Name = "ada" });
                await db.SaveChangesAsync();
                kept = db;
                context.Response.OnCompleted(async () =>
                    late.SetResult(await Record.ExceptionAsync(() => db.Users.CountAsync(Token))));
            }),
            pooled: pooled);

        await site.Client.PostAsync("/", null, Token);
        var ended = Assert.IsType<SessionEndedException>(await late.Task.WaitAsync(Patience, Token));
        Assert.Equal("POST /", ended.Operation);
        await NothingHeldAsync(site.Engine);

        // Once its scope is gone, EF itself says no.
        await UntilAsync(
            async () => await Record.ExceptionAsync(() => kept!.Users.CountAsync(Token)) is ObjectDisposedException,
            "it was disposed");
        Assert.Equal(1, await CountAsync("users"));
    }

    [Fact]
    public async Task S08_A_context_follows_its_session_into_a_new_unit_of_work()
    {
        var site = await StartAsync(
            static app =>
            {
                app.MapPost("/", static async (UsersContext db) =>
                {
                    await db.Database.OpenConnectionAsync();
                    await db.Database.OpenConnectionAsync();
                    await db.Database.BeginTransactionAsync();
                    db.Add(new User { Name = "lost" });
                    await db.SaveChangesAsync();
                    db.Add(new User { Name = "never saved" });
                    throw new InvalidOperationException("It failed.");
                });
                app.Map("/error", static async (UsersContext db) =>
                {
                    var tracked = db.ChangeTracker.Entries().Count();
                    db.Add(new User { Name = "error page" });
                    await db.SaveChangesAsync();
                    return $"{tracked} {await db.Users.CountAsync()}";
                }).CommitWhen(static _ => true);
            },
            outside: static app => app.UseExceptionHandler("/error"));

        var response = await site.Client.PostAsync("/", null, Token);

        Assert.Equal("0 1", await response.Content.ReadAsStringAsync(Token));
        Assert.Equal(1, await Database.ScalarAsync("select count(*) from users where name = 'error page'"));
        Assert.Equal(1, await CountAsync("users"));
    }

    [Fact]
    public async Task S08_Changes_of_a_failed_unit_of_work_are_not_checked_in_the_next()
    {
        var site = await StartAsync(
            static app =>
            {
                app.MapPost("/", static void (UsersContext db) =>
                {
                    db.Add(new User { Name = "never saved" });
                    throw new InvalidOperationException("It failed.");
                });
                app.Map("/error", static () => "sorry").CommitWhen(static _ => true);
            },
            outside: static app => app.UseExceptionHandler("/error"));

        var response = await site.Client.PostAsync("/", null, Token);

        Assert.Equal("sorry", await response.Content.ReadAsStringAsync(Token));
    }

    [Theory]
    [InlineData(IsolationLevel.Unspecified, AutoTransactionBehavior.Always)]
    [InlineData(IsolationLevel.Unspecified, AutoTransactionBehavior.Never)]
    [InlineData(IsolationLevel.Serializable, AutoTransactionBehavior.Always)]
    [InlineData(IsolationLevel.Serializable, AutoTransactionBehavior.Never)]
    public async Task E03_Concurrency_tokens_and_keys_work_with_session_settings(
        IsolationLevel isolation, AutoTransactionBehavior transactions)
    {
        var site = await StartAsync(app => app
            .MapPost("/{what}/{id:int}/{version}/{name}/{more:int}", async (
                string what, int id, uint version, string name, int more, UsersContext db, DbSession session) =>
            {
                // Without a transaction of EF's the save is the session's first command, and its settings travel near it.
                db.Database.AutoTransactionBehavior = transactions;
                var changed = new User { Id = id, Version = version, Name = name };
                db.Attach(changed);
                if (what == "delete")
                {
                    db.Remove(changed);   // EF asks the driver how many rows each statement changed
                }
                else
                {
                    changed.Name = "changed";
                }

                var added = Enumerable.Range(0, more).Select(static i => new User { Name = $"added {i}" }).ToList();
                db.AddRange(added);
                try
                {
                    await db.SaveChangesAsync();
                }
                catch (DbUpdateConcurrencyException)
                {
                    db.ChangeTracker.Clear();
                    await (transactions == AutoTransactionBehavior.Never ? session.RollbackAsync() : Task.CompletedTask);
                    return Results.Text("stale");
                }

                db.ChangeTracker.Clear();
                foreach (var one in added)
                {
                    var stored = await db.Users.SingleAsync(other => other.Id == one.Id);
                    Assert.Equal((one.Name, one.Version), (stored.Name, stored.Version));
                }

                return Results.Text("saved");
            })
            .WithSession(options =>
            {
                options.Isolation = isolation == IsolationLevel.Unspecified ? null : isolation;
                options.StatementTimeout = TimeSpan.FromSeconds(20);
            }));
        foreach (var (what, more, left) in (IEnumerable<(string, int, int)>)
            [("change", 0, 1), ("change", 1, 2), ("change", 5, 6), ("delete", 0, 0), ("delete", 1, 1), ("delete", 5, 5)])
        {
            await Database.ExecuteAsync("delete from users");
            await Database.ExecuteAsync("insert into users (id, name) values (9001, 'ada')");
            var version = Database.IsPostgres
                ? await Database.ScalarAsync("select xmin::text::bigint from users where id = 9001")
                : 0;
            Assert.Equal("stale", await PostAsync(site, $"/{what}/9001/{(Database.IsPostgres ? version + 1 : 0)}/bob/{more}"));
            Assert.Equal("stale", await PostAsync(site, $"/{what}/9002/{version}/ada/{more}"));
            Assert.Equal(1, await CountAsync("users"));
            Assert.Equal("saved", await PostAsync(site, $"/{what}/9001/{version}/ada/{more}"));
            Assert.Equal(left, await CountAsync("users"));
            Assert.Equal(left - more, await Database.ScalarAsync("select count(*) from users where name = 'changed'"));
        }
    }

    [Fact]
    public async Task E03_A_GET_reads_and_may_save_and_a_POST_saves()
    {
        var site = await StartAsync(static app =>
        {
            app.MapGet("/", static (UsersContext db) => db.Users.CountAsync());
            app.MapGet("/save", SaveAsync);
            app.MapPost("/", SaveAsync);
        });

        Assert.Equal("1", await PostAsync(site, "/"));
        Assert.Equal("1", await site.Client.GetStringAsync("/", Token));
        Assert.Equal("2", await site.Client.GetStringAsync("/save", Token));   // on SQLite a reader becomes the writer
        Assert.Equal(2, await CountAsync("users"));

        static async Task<int> SaveAsync(UsersContext db)
        {
            var before = await db.Users.CountAsync();
            db.Add(new User { Name = "ada" });
            return before + await db.SaveChangesAsync();
        }
    }

    [Fact]
    public async Task E01_A_background_job_saves_with_a_context_from_the_factory()
    {
        var site = await StartAsync(
            static app => app.MapPost("/{name}", static (string name, Channel<string> jobs) => jobs.Writer.WriteAsync(name)),
            services: static services => services.AddSingleton(Channel.CreateUnbounded<string>()).AddHostedService<Saver>());

        await PostAsync(site, "/ada");
        await PostAsync(site, "/bob");

        await UntilAsync(async () => await CountAsync("users") == 2, "both were saved");
    }

    private Task<TestSite> StartAsync(
        Action<WebApplication> map,
        Action<SessionDbContextOptions>? sessions = null,
        bool pooled = false,
        Action<WebApplication>? outside = null,
        Action<IServiceCollection>? services = null) => StartAsync(new SitePlan
        {
            Map = map,
            Outside = outside,
            Services = all =>
            {
                all.AddSessionDbContext<UsersContext>(
                    (_, options) => EfProvider.Choose(options, Database.IsPostgres), pooled, sessions);
                services?.Invoke(all);
            },
        });

    private static async Task<string> PostAsync(TestSite site, string path)
    {
        var response = await site.Client.PostAsync(path, null, Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.IsSuccessStatusCode, $"{text} {string.Join(Environment.NewLine, site.Errors)}");
        return text;
    }

    private sealed class Saver(Channel<string> jobs, IDbContextFactory<UsersContext> contexts) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await foreach (var name in jobs.Reader.ReadAllAsync(stoppingToken))
            {
                await using var db = await contexts.CreateDbContextAsync(stoppingToken);
                db.Add(new User { Name = name });
                await db.SaveChangesAsync(stoppingToken);
            }
        }
    }
}
