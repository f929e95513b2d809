using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>Jobs that a request leaves behind.</summary>
public abstract class BackgroundRules(RequestDatabase database) : RequestTestBase(database)
{
    private static readonly AsyncLocal<string?> Ambient = new();

    [Fact]
    public async Task S12_A_job_runs_after_the_commit_with_its_own_session_and_context()
    {
        var seen = new TaskCompletionSource<(long Users, bool Own, string? Operation, string? Ambient, Activity? Activity)>();
        var promised = default(BackgroundSnapshot);
        var site = await StartAsync(app => app.MapPost(
            "/orders/{id}",
            async (int id, DbSession session, DbEngine engine, BackgroundSessions background) =>
            {
                Ambient.Value = "the request's";
                await session.RunAsync(GoodInsert);
                background.Enqueue(session, async (own, token) =>
                {
                    var users = await own.ScalarAsync("select count(*) from users", token);
                    await own.RunAsync(GoodInsert, token);
                    var holder = engine.GetSnapshot().Holders.Single();
                    seen.SetResult((users, own.Id != session.Id, holder.Operation, Ambient.Value, Activity.Current));
                });
                promised = background.GetSnapshot();
                return Results.Created();
            }));

        var answer = await site.Client.PostAsync("/orders/7", null, Token);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal(
            (1, true, "background job of POST /orders/{id}", null, null), await seen.Task.WaitAsync(Patience, Token));
        Assert.Equal((1, 0, 0), (promised.Reserved, promised.Queued, promised.Running));
        await DoneAsync(site, 1);
        Assert.Equal(2, await CountAsync("users"));
    }

    [Fact]
    public async Task S12_A_job_of_rolled_back_work_is_dropped()
    {
        var site = await StartAsync(app =>
        {
            Map(app, "/throw", static _ => throw new InvalidTimeZoneException());
            Map(app, "/status", static _ => Task.FromResult(Results.Conflict()));
            Map(app, "/commit", static async session =>
            {
                await session.RunAsync(FailingInsert);
                return Results.Ok();
            });
            Map(app, "/by-hand", static async session =>
            {
                await session.RollbackAsync();
                return Results.Ok();
            });
            app.MapPost("/savepoint", async (DbSession session, BackgroundSessions background) =>
            {
                await session.RunAsync(GoodInsert);
                await using (await session.BeginTransactionAsync())
                {
                    background.Enqueue(session, static (own, token) => own.RunAsync("delete from users", token));
                }
            });
        });

        foreach (var path in new[] { "/throw", "/status", "/commit", "/by-hand", "/savepoint" })
        {
            await site.Client.PostAsync(path, null, Token);
            Assert.Equal(Numbers(site), site.Background.GetSnapshot());
        }

        Assert.Equal(1, await CountAsync("users"));   // the savepoint's outer part

        static void Map(WebApplication app, string path, Func<DbSession, Task<IResult>> work) =>
            app.MapPost(path, async (DbSession session, BackgroundSessions background) =>
            {
                await session.RunAsync(GoodInsert);
                background.Enqueue(session, static (own, token) => own.RunAsync(GoodInsert, token));
                return await work(session);
            });
    }

    [Fact]
    public async Task S12_With_one_worker_jobs_run_in_the_order_of_their_commits()
    {
        var order = new ConcurrentQueue<int>();
        var site = await StartAsync(
            app => app.MapPost("/{n}", async (int n, DbSession session, BackgroundSessions background) =>
            {
                await session.RunAsync(GoodInsert);
                foreach (var job in new[] { 2 * n, (2 * n) + 1 })
                {
                    background.Enqueue(session, async (own, token) =>
                    {
                        await own.RunAsync(GoodInsert, token);
                        order.Enqueue(job);
                    });
                }
            }),
            static options => options.BackgroundWorkers = 1);

        for (var i = 0; i < 5; i++)
        {
            await site.Client.PostAsync($"/{i}", null, Token);
        }

        await DoneAsync(site, 10);
        Assert.Equal(Enumerable.Range(0, 10), order);
        Assert.Equal(15, await CountAsync("users"));
    }

    [Fact]
    public async Task S12_Concurrent_jobs_do_not_share_a_session()
    {
        var met = new[] { new TaskCompletionSource<long>(), new TaskCompletionSource<long>() };
        var site = await StartAsync(app => app.MapPost("/", (BackgroundSessions background) =>
        {
            background.EnqueueNow((own, token) => MeetAsync(own, 0, token));
            background.EnqueueNow((own, token) => MeetAsync(own, 1, token));
        }));

        await site.Client.PostAsync("/", null, Token);

        await DoneAsync(site, 2);
        Assert.NotEqual(await met[0].Task, await met[1].Task);
        Assert.Equal(2, await CountAsync("users"));

        async Task MeetAsync(DbSession own, int me, CancellationToken token)
        {
            met[me].SetResult(own.Id);
            await met[1 - me].Task.WaitAsync(Patience, token);   // before SQLite's one writer is one of them
            await own.RunAsync(GoodInsert, token);
        }
    }

    [Fact]
    public async Task S12_A_full_queue_is_503_before_the_commit_and_nothing_is_persisted()
    {
        var release = new TaskCompletionSource();
        var site = await StartAsync(new SitePlan
        {
            Outside = static app => app.UseExceptionHandler(),
            Services = static services => services.AddMillpondProblemDetails(),
            Engine = static options => (options.BackgroundCapacity, options.BackgroundWorkers) = (2, 1),
            Map = app => app.MapPost("/", async (DbSession session, BackgroundSessions background) =>
            {
                await session.RunAsync(GoodInsert);
                background.Enqueue(session, (_, _) => release.Task);
                return Results.Created();
            }),
        });

        List<HttpStatusCode> told = [(await site.Client.PostAsync("/", null, Token)).StatusCode];
        await UntilAsync(() => site.Background.GetSnapshot().Running == 1, "the first job ran");
        told.Add((await site.Client.PostAsync("/", null, Token)).StatusCode);
        told.Add((await site.Client.PostAsync("/", null, Token)).StatusCode);
        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.Created], told);
        var refused = await site.Client.PostAsync("/", null, Token);

        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "1"), (refused.StatusCode, refused.Headers.RetryAfter?.ToString()));
        Assert.Equal("MILL1002", (string?)JsonNode.Parse(await refused.Content.ReadAsStringAsync(Token))!["code"]);
        Assert.Contains(
            site.Log.Of(LogLevel.Warning),
            static line => line.Contains(
                "The background queue of engine 'default' is full: 2 waiting (0 of them for the commit of their session), 1 " +
                "running.",
                StringComparison.Ordinal));
        Assert.Equal(3, await CountAsync("users"));
        release.SetResult();
        await DoneAsync(site, 3);
    }

    [Fact]
    public async Task S12_A_failed_job_is_logged_with_its_origin_and_trace_and_does_not_stop_others()
    {
        const string trace = "0af7651916cd43dd8448eb211c80319c";
        var site = await StartAsync(
            app => app.MapPost("/", async (DbSession session, BackgroundSessions background) =>
            {
                await session.RunAsync(GoodInsert);
                background.Enqueue(session, static async (own, token) =>
                {
                    await own.RunAsync(GoodInsert, token);
                    throw new InvalidTimeZoneException("of the job");
                });
                background.Enqueue(session, static (own, token) => own.RunAsync(FailingInsert, token));   // fails at its commit
                background.Enqueue(session, static (own, token) => own.RunAsync(GoodInsert, token));
                return Results.Created();
            }),
            static options => options.BackgroundWorkers = 1);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/");
        request.Headers.Add("traceparent", $"00-{trace}-b7ad6b7169203331-01");

        Assert.Equal(HttpStatusCode.Created, (await site.Client.SendAsync(request, Token)).StatusCode);

        await DoneAsync(site, done: 1, failed: 2);
        Assert.Equal(2, await CountAsync("users"));
        var lines = site.Log.Of(LogLevel.Error).ToList();
        Assert.Equal(2, lines.Count);
        Assert.All(lines, static line => Assert.StartsWith(
            $"Engine 'default': a background job of POST / failed and is not retried. Other jobs are not affected. It was " +
            $"enqueued by trace {trace}.",
            line,
            StringComparison.Ordinal));
        Assert.Contains("of the job", lines[0], StringComparison.Ordinal);
        Assert.Empty(site.Errors);
    }

    [Fact]
    public async Task S12_A_jobs_scoped_services_use_its_session_and_are_committed_with_it()
    {
        (bool Same, bool New)? seen = null;
        var site = await StartAsync(new SitePlan
        {
            Services = static services => services.AddScoped<Users>(),
            Map = app => app.MapPost("/", async (DbSession session, Users users, BackgroundSessions background) =>
            {
                await users.AddAsync();
                background.Enqueue(session, async (own, services, _) =>
                {
                    var theirs = services.GetRequiredService<Users>();
                    seen = (ReferenceEquals(own, services.GetRequiredService<DbSession>()), !ReferenceEquals(theirs, users));
                    await theirs.AddAsync();
                });
            }),
        });

        await site.Client.PostAsync("/", null, Token);

        await DoneAsync(site, 1);
        Assert.Equal((true, true), seen);
        Assert.Equal(2, await CountAsync("users"));
    }

    [Fact]
    public async Task S12_A_job_with_immediate_start_waits_for_its_own_connection_and_survives_its_callers_rollback()
    {
        var began = new TaskCompletionSource();
        var site = await StartAsync(
            app => app.MapPost("/", async (DbSession session, DbEngine engine, BackgroundSessions background) =>
            {
                await session.RunAsync("insert into users (name) values ('eve')");
                background.EnqueueNow(async (own, token) =>
                {
                    began.SetResult();
                    await own.RunAsync(GoodInsert, token);   // the only connection is the request's: not nested, so it waits
                });
                await began.Task;
                await UntilAsync(
                    () => engine.GetSnapshot() is { Waiting: 1 } or { WaitingToWrite: 1 }, "the job waited for a connection");
                return Results.Conflict();
            }),
            static options => options.PoolSize = 1);

        Assert.Equal(HttpStatusCode.Conflict, (await site.Client.PostAsync("/", null, Token)).StatusCode);

        await DoneAsync(site, 1);
        Assert.Equal((1, 0), (await CountAsync("users"), await CountAsync("users where name = 'eve'")));
    }

    [Fact]
    public async Task S12_In_autocommit_a_job_runs_despite_a_409_because_its_work_is_committed()
    {
        var site = await StartAsync(static app => app.MapPost("/", async (DbSession session, BackgroundSessions background) =>
        {
            await session.RunAsync(GoodInsert);
            background.Enqueue(session, static (own, token) => own.RunAsync(GoodInsert, token));
            return Results.Conflict();
        }).WithSession(static options => options.Mode = SessionMode.Autocommit));

        Assert.Equal(HttpStatusCode.Conflict, (await site.Client.PostAsync("/", null, Token)).StatusCode);

        await DoneAsync(site, 1);
        Assert.Equal(2, await CountAsync("users"));
    }

    private static BackgroundSnapshot Numbers(TestSite site, long done = 0, long failed = 0) => new()
    {
        EngineName = "default",
        Capacity = site.Background.GetSnapshot().Capacity,
        Workers = site.Background.GetSnapshot().Workers,
        Completed = done,
        Failed = failed,
    };

    private static Task DoneAsync(TestSite site, long done, long failed = 0) => UntilAsync(
        () => site.Background.GetSnapshot() == Numbers(site, done, failed), $"{done} jobs were done and {failed} had failed");

    private sealed class Users(DbSession session)
    {
        public Task<int> AddAsync() => session.RunAsync(GoodInsert);
    }
}
