using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>What clients are told of errors.</summary>
public abstract class ProblemRules(RequestDatabase database) : RequestTestBase(database)
{
    [Fact]
    public async Task A_pool_that_stays_full_is_503_with_Retry_After()
    {
        var release = new TaskCompletionSource();
        var site = await StartAsync(
            app =>
            {
                app.MapPost("/hold", async (DbSession session) =>
                {
                    await session.RunAsync(GoodInsert);
                    await release.Task;
                });
                app.MapPost("/", async (DbSession session) => await session.RunAsync(GoodInsert));
            },
            static options => (options.PoolSize, options.PoolTimeout) = (1, TimeSpan.FromMilliseconds(100)));
        await site.Engine.WarmUpAsync(Token);   // the limit is for who waits, not for the holder's own opening
        var holding = site.Client.PostAsync("/hold", null, Token);
        await UntilAsync(() => site.Engine.GetSnapshot().InUse == 1, "the connection was taken");

        await AssertProblemAsync(site, "/", HttpStatusCode.ServiceUnavailable, "MILL1001", retryAfter: 1);
        release.SetResult();
        await holding;
    }

    [Fact]
    public async Task G03_A_rejection_is_503_with_Retry_After_and_many_of_them_do_not_flood_the_log()
    {
        const int Crowd = 60;
        var release = new TaskCompletionSource();
        var site = await StartAsync(
            app => app.MapPost("/", async (DbSession session) =>
            {
                await session.RunAsync(GoodInsert);
                await release.Task;
            }),
            static options => (options.PoolSize, options.MaxQueue) = (1, 1));
        var holding = site.Client.PostAsync("/", null, Token);
        await UntilAsync(() => site.Engine.GetSnapshot().InUse == 1, "the connection was taken");
        var waiting = site.Client.PostAsync("/", null, Token);
        await UntilAsync(() => site.Engine.GetSnapshot() is { Waiting: 1 } or { WaitingToWrite: 1 }, "the queue was full");

        var answers = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(_ => site.Client.PostAsync("/", null, Token)));

        Assert.All(answers, static answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode));
        Assert.All(answers, static answer => Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 30));
        var problem = JsonNode.Parse(await answers[0].Content.ReadAsStringAsync(Token))!;
        Assert.Equal(
            ("MILL1002", "The service is busy. Try again in a moment."), ((string?)problem["code"], (string?)problem["detail"]));
        Assert.Equal(Crowd, site.Engine.GetSnapshot().Rejected);
        Assert.InRange(
            site.Log.Of(LogLevel.Warning).Count(static line => line.Contains("rejected a session immediately", default)),
            1, Crowd / 2);
        release.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await holding).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await waiting).StatusCode);
    }

    [Fact]
    public async Task S27_A_failed_queued_statement_is_reported_instead_of_the_response_and_a_constraint_is_409()
    {
        var site = await StartAsync(app =>
        {
            app.MapPost("/", async (DbSession session, HttpContext context) =>
            {
                await session.RunAsync(GoodInsert);
                session.Queue($"insert into users (id, name) select max(id), 'eve' from users");
                await context.Response.WriteAsync("done");
            });
            app.MapPost("/later", async (DbSession session) =>
            {
                session.Queue($"insert into users (id, name) values (1, 'ada'), (1, 'eve')");
                await session.RunAsync(GoodInsert);
            });
            app.MapPost("/wrong", (DbSession session) => session.Queue($"insert into nowhere values (1)"));
        });
        await AssertProblemAsync(site, "/", HttpStatusCode.Conflict, "MILL6001");
        await AssertProblemAsync(site, "/later", HttpStatusCode.Conflict, "MILL6001");
        await AssertProblemAsync(site, "/wrong", HttpStatusCode.InternalServerError, "MILL3011");
        Assert.Equal(0, await CountAsync("users"));
    }

    [Fact]
    public async Task A_response_after_a_disconnect_is_not_an_error()
    {
        var ended = new TaskCompletionSource();
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbEngine engine) =>
        {
            context.Response.OnCompleted(() =>
            {
                ended.SetResult();
                return Task.CompletedTask;
            });
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
            await engine.RunAsync((own, token) => own.RunAsync(GoodInsert, token), cancellationToken: CancellationToken.None);
        }));
        await site.Engine.DrainAsync(TimeSpan.Zero, Token);
        using var socket = await RawSocket.SendAsync(site.Address, "POST", "/", Token);
        await Task.Delay(100, Token);

        socket.HangUp();
        await ended.Task.WaitAsync(Patience, Token);

        Assert.Contains(site.Log.Of(LogLevel.Warning), static line => line.Contains("was rejected with status 503", default));
        Assert.Empty(site.Log.Of(LogLevel.Error));
    }

    [Fact]
    public async Task Encoded_line_breaks_in_a_path_cannot_forge_log_lines()
    {
        var site = await StartAsync(static app => app.Run(static async context =>
        {
            var session = context.RequestServices.GetRequiredService<DbSession>();
            var isPut = HttpMethods.IsPut(context.Request.Method);
            await session.RunAsync(isPut ? GoodInsert : FailingInsert, CancellationToken.None);
            if (isPut)
            {
                await session.BeginTransactionAsync(CancellationToken.None);   // and not ended: the error names the request
            }
        }));

        await site.Client.PostAsync("/a%0D%0AForged: yes", null, Token);
        await site.Client.PutAsync("/b%0D%0AForged: yes", null, Token);

        var lines = site.Log.Of(LogLevel.Trace).Where(static line => line.Contains("Forged", StringComparison.Ordinal)).ToList();
        Assert.Contains(lines, static line => line.Contains("POST /a%0D%0AForged:%20yes failed with status 409", default));
        Assert.Contains(lines, static line => line.Contains("The session of PUT /b%0D%0AForged:%20yes cannot commit", default));
        Assert.DoesNotContain(lines, static line => line.Contains("\nForged", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_custom_error_handler_gets_status_title_and_Retry_After_of_an_error()
    {
        MillpondProblem? found = null;
        var site = await StartAsync(new SitePlan
        {
            Outside = app => app.Use(async (context, next) =>
            {
                try
                {
                    await next(context);
                }
                catch (Exception error) when (MillpondProblem.Find(context, error) is { } problem)
                {
                    found = problem;
                    context.Response.StatusCode = problem.Status;
                    context.Response.Headers.RetryAfter = $"{problem.RetryAfter?.TotalSeconds}";
                }
            }),
            Map = static app => app.MapPost("/", static async (DbSession session) =>
            {
                await session.RunAsync(GoodInsert);
            }),
        });
        await site.Engine.DrainAsync(TimeSpan.Zero, Token);

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (answer.StatusCode, answer.Headers.RetryAfter?.ToString()));
        Assert.Equal(
            (503, "Service Unavailable", "MILL1002", TimeSpan.FromSeconds(1), null),
            (found!.Status, found.Title, found.Code, found.RetryAfter, found.Outcome));
        Assert.Equal("The service is busy. Try again in a moment.", found.Detail);
        Assert.Null(MillpondProblem.Find(new DefaultHttpContext(), new InvalidTimeZoneException()));
    }

    [Fact]
    public async Task S24_An_exception_handler_reads_with_the_requests_session_and_gets_an_error_if_it_writes()
    {
        var read = -1L;
        Exception? refused = null;
        var site = await StartAsync(new SitePlan
        {
            Outside = app => app.UseExceptionHandler(handler => handler.Run(async context =>
            {
                var session = context.RequestServices.GetRequiredService<DbSession>();
                read = await session.ScalarAsync("select count(*) from users");
                refused = await Record.ExceptionAsync(async () => await session.RunAsync(GoodInsert, Token));
            })),
            Map = static app => app.MapPost("/", static async Task (DbSession session) =>
            {
                await session.RunAsync(GoodInsert);
                throw new InvalidTimeZoneException();
            }),
        });

        await site.Client.PostAsync("/", null, Token);

        Assert.Equal((0, 0), (read, await CountAsync("users")));
        Assert.Contains(
            "because its work has failed and nothing would commit it",
            Assert.IsType<ReadOnlySessionException>(refused).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_engine_that_shuts_down_is_503_with_Retry_After()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) => await session.RunAsync(GoodInsert)));
        await site.Engine.DrainAsync(TimeSpan.Zero, Token);

        await AssertProblemAsync(site, "/", HttpStatusCode.ServiceUnavailable, "MILL1002", retryAfter: 1);
    }

    [Fact]
    public async Task S14_A_second_session_in_a_request_without_a_free_permit_is_503_immediately()
    {
        var site = await StartAsync(
            app => app.MapPost("/", async (DbSession session, DbEngine engine) =>
            {
                await session.RunAsync(GoodInsert);
                await engine.RunAsync((inner, token) => inner.RunAsync(GoodInsert, token));
            }),
            static options => (options.PoolSize, options.PoolTimeout) = (1, TimeSpan.FromMinutes(5)));

        await AssertProblemAsync(site, "/", HttpStatusCode.ServiceUnavailable, "MILL3008", retryAfter: 1);
        Assert.Equal(0, await CountAsync("users"));
    }

    [Fact]
    public async Task A_constraint_violation_at_the_commit_is_409()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) => await session.RunAsync(FailingInsert)));

        await AssertProblemAsync(site, "/", HttpStatusCode.Conflict, "MILL6001");
    }

    [Fact]
    public async Task A_constraint_violation_in_CommitAsync_is_409()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) =>
        {
            await session.RunAsync(FailingInsert);
            await session.CommitAsync();
        }));

        await AssertProblemAsync(site, "/", HttpStatusCode.Conflict, "MILL6001");
    }

    [Fact]
    public async Task A_constraint_violation_in_a_statement_is_left_to_the_endpoint()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) =>
        {
            await session.RunAsync("insert into users (id, name) values (1, 'ada')");
            await session.RunAsync("insert into users (id, name) values (1, 'eve')");
        }));

        await AssertProblemAsync(site, "/", HttpStatusCode.InternalServerError, code: null);
    }

    [Fact]
    public async Task Concurrent_use_of_a_session_is_500_with_its_code()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) =>
        {
            await using var command = session.Connection.CreateCommand();
            command.CommandText = "select 1 as secret";
            await using var reader = await command.ExecuteReaderAsync();
            await session.CommitAsync();
        }));

        await AssertProblemAsync(site, "/", HttpStatusCode.InternalServerError, "MILL3003");
        Assert.Contains(site.Log.Of(LogLevel.Error), static line => line.StartsWith("POST / failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task BEGIN_as_SQL_text_is_500_with_its_code()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) => await session.RunAsync("begin")));
        await AssertProblemAsync(site, "/", HttpStatusCode.InternalServerError, "MILL3007");
    }

    [Fact]
    public async Task Without_AddMillpondProblemDetails_it_is_a_plain_500()
    {
        var site = await TestSite.StartAsync(Database, new SitePlan
        {
            Services = static services => services.AddProblemDetails(),
            Outside = static app => app.UseExceptionHandler(),
            Map = static app => app.MapPost("/", async (DbSession session) => await session.RunAsync(FailingInsert)),
        });
        await using (site)
        {
            var answer = await site.Client.PostAsync("/", null, Token);
            Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Extensions_that_the_application_adds_to_its_problems_are_added_here_too()
    {
        var site = await StartAsync(new SitePlan
        {
            Services = static services => services.AddMillpondProblemDetails().AddProblemDetails(static options =>
                options.CustomizeProblemDetails = static context => context.ProblemDetails.Extensions["node"] = "a7"),
            Outside = static app => app.UseExceptionHandler(),
            Map = static app => app.MapPost("/", async (DbSession session) => await session.RunAsync(FailingInsert)),
        });

        var answer = await site.Client.PostAsync("/", null, Token);

        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!;
        Assert.Equal(("MILL6001", "a7"), ((string?)problem["code"], (string?)problem["node"]));
    }

    protected static async Task<JsonNode> AssertProblemAsync(
        TestSite site, string path, HttpStatusCode status, string? code, int? retryAfter = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Add("Accept", code is null ? "*/*" : "text/html");
        var answer = await site.Client.SendAsync(request, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.Equal((status, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        var problem = JsonNode.Parse(text)!;
        Assert.Equal((code, (int)status), ((string?)problem["code"], (int?)problem["status"]));
        Assert.Equal(retryAfter, (int?)answer.Headers.RetryAfter?.Delta?.TotalSeconds);
        Assert.NotNull(problem["traceId"]);
        foreach (var secret in new[] { "insert", "select", "secret", "posts", "foreign", "constraint" })
        {
            Assert.DoesNotContain(secret, text, StringComparison.OrdinalIgnoreCase);
        }

        return problem;
    }

    protected new Task<TestSite> StartAsync(Action<WebApplication> map, Action<EngineOptions>? engine = null) =>
        StartAsync(new SitePlan
        {
            Services = static services => services.AddMillpondProblemDetails(),
            Outside = static app => app.UseExceptionHandler(),
            Map = map,
            Engine = engine,
        });
}
