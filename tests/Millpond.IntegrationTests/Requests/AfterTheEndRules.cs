using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>Sessions after their end, and requests that run the pipeline twice (S08).</summary>
public abstract class AfterTheEndRules(RequestDatabase database) : RequestTestBase(database)
{
    [Fact]
    public async Task S08_Background_work_that_uses_a_requests_session_learns_its_endpoint_and_how_it_ended()
    {
        var (go, seen) = (new TaskCompletionSource(), new TaskCompletionSource<SessionEndedException>());
        var site = await StartAsync(app => app.MapPost("/orders/{id}", async (int id, DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            _ = Task.Run(async () =>
            {
                await go.Task;
                var late = () => session.RunAsync(GoodInsert, CancellationToken.None);
                seen.SetResult(await Assert.ThrowsAsync<SessionEndedException>(late));
            });
            return Results.Ok(id);
        }));

        await site.Client.PostAsync("/orders/7", null, Token);
        go.SetResult();

        var error = await seen.Task.WaitAsync(Patience, Token);
        Assert.StartsWith(
            "The session of POST /orders/{id} has ended: the response began at ", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await CountAsync("users"));
    }

    [Theory]
    [InlineData("/throw", "an exception left the endpoint")]
    [InlineData("/empty", "the request ended")]
    public async Task S08_The_error_says_how_the_session_ended(string path, string how)
    {
        DbSession? kept = null;
        var site = await StartAsync(app =>
        {
            app.MapPost("/throw", void (DbSession session) =>
            {
                kept = session;
                throw new InvalidTimeZoneException();
            });
            app.MapPost("/empty", void (DbSession session) => kept = session);
        });

        await site.Client.PostAsync(path, null, Token);

        var error = await Assert.ThrowsAsync<SessionEndedException>(() => kept!.RunAsync(GoodInsert, Token));
        Assert.Equal(($"POST {path}", how), (error.Operation, error.Reason));
    }

    [Fact]
    public async Task S08_An_error_page_re_executed_by_the_exception_handler_gets_a_new_unit_of_work()
    {
        var site = await StartAsync(new SitePlan
        {
            Services = static services => services.AddProblemDetails(),
            Outside = static app => app.UseExceptionHandler("/error"),
            Map = static app =>
            {
                app.MapPost("/", async (DbSession session) =>
                {
                    await session.RunAsync(FailingInsert);
                    return Results.Ok();
                }).WithSession(static options => options.Access = SessionAccess.ReadWrite);
                app.MapPost("/error", async (HttpContext context, DbSession session) =>
                {
                    await session.RunAsync(GoodInsert);
                    return Results.Text($"users: {await session.ScalarAsync("select count(*) from users")}", statusCode: 503);
                }).CommitWhen(static _ => true);
            },
        });

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal("users: 1", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal((1, 0, 0), (await CountAsync("users"), await CountAsync("posts"), site.Engine.GetSnapshot().InUse));
    }

    [Fact]
    public async Task S08_A_second_run_inherits_nothing_from_the_first()
    {
        SessionEndedException? old = null;
        string? second = null;
        System.Data.Common.DbConnection? kept = null;
        var site = await StartAsync(new SitePlan
        {
            Outside = static app => app.UseStatusCodePagesWithReExecute("/missing"),
            Map = app =>
            {
                app.MapGet("/user", async (DbSession session) =>
                {
                    kept = session.Connection;
                    await session.ScalarAsync("select 1");
                    return Results.NotFound();
                }).WithSession(static options => options.Access = SessionAccess.ReadOnly);
                app.MapGet("/missing", async (DbSession session, CancellationToken token) =>
                {
                    await session.RunAsync(GoodInsert, token);   // the first run was read-only
                    var command = kept!.CreateCommand();
                    command.CommandText = "select 1";
                    old = await Assert.ThrowsAsync<SessionEndedException>(() => command.ExecuteScalarAsync(token));
                    second = session.State.ToString();
                    return Results.Text("nothing here");
                });
            },
        });

        var answer = await site.Client.GetAsync("/user", Token);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("nothing here", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal(("GET /user", "Active"), (old?.Operation, second));
        Assert.Equal(0, site.Engine.GetSnapshot().InUse);
    }

    [Fact]
    public async Task S08_A_page_that_runs_again_after_a_commit_may_write_again()
    {
        var site = await StartAsync(new SitePlan
        {
            Outside = static app => app.UseStatusCodePagesWithReExecute("/missing"),
            Map = static app =>
            {
                app.MapGet("/user", async (DbSession session) =>
                {
                    await session.RunAsync(GoodInsert);
                    return Results.NotFound();
                }).CommitWhen(static _ => true);
                app.MapGet("/missing", async (DbSession session) => $"rows: {await session.RunAsync(GoodInsert)}")
                    .CommitWhen(static _ => true);
            },
        });

        var answer = await site.Client.GetAsync("/user", Token);

        Assert.Equal((HttpStatusCode.NotFound, "rows: 1"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Token)));
        Assert.Equal(2, await CountAsync("users"));
    }

    [Fact]
    public async Task S08_Status_code_pages_without_a_session_write_as_usual()
    {
        var site = await StartAsync(new SitePlan
        {
            Outside = static app => app.UseStatusCodePages(),
            Map = static app => app.MapPost("/", async (DbSession session) =>
            {
                await session.RunAsync(GoodInsert);
                return Results.NotFound();
            }),
        });

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.StartsWith("Status Code: 404", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync("users"));
    }

    [Fact]
    public async Task S08_A_session_from_OpenSession_outlives_the_request()
    {
        var (go, done) = (new TaskCompletionSource(), new TaskCompletionSource());
        var site = await StartAsync(app => app.MapPost("/", (DbEngine engine) =>
        {
            _ = Task.Run(async () =>
            {
                await go.Task;
                await engine.RunAsync((session, token) => session.RunAsync(GoodInsert, token));
                done.SetResult();
            });
        }));

        await site.Client.PostAsync("/", null, Token);
        go.SetResult();
        await done.Task.WaitAsync(Patience, Token);

        Assert.Equal(1, await CountAsync("users"));
    }
}
