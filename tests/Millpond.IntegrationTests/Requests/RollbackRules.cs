using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Millpond.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>What rolls a request's work back, and what does not.</summary>
public abstract class RollbackRules(RequestDatabase database) : RequestTestBase(database)
{
    [Fact]
    public async Task S04_An_exception_that_leaves_the_endpoint_rolls_back_and_stays_itself()
    {
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            await context.Response.Body.WriteAsync("success"u8.ToArray());
            ThrowFromHere();
        }));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal("handled InvalidTimeZoneException", await answer.Content.ReadAsStringAsync(Token));
        Assert.Contains(nameof(ThrowFromHere), Assert.Single(site.Errors).StackTrace, StringComparison.Ordinal);
        Assert.Equal((0, 0), (await CountAsync("users"), site.Engine.GetSnapshot().InUse));
    }

    [Theory]
    [InlineData(400, 0)]
    [InlineData(404, 0)]
    [InlineData(409, 0)]
    [InlineData(500, 0)]
    [InlineData(399, 1)]
    [InlineData(200, 1)]
    public async Task S04_A_status_of_400_or_more_rolls_back_and_is_told_all_the_same(int status, int rows)
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            return Results.Json(new { told = true }, statusCode: status);
        }));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal((status, "{\"told\":true}"), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Token)));
        Assert.Equal(rows, await CountAsync("users"));
        Assert.Equal((0, rows), (site.Engine.GetSnapshot().InUse, site.Engine.GetSnapshot().Commits));
        Assert.Empty(site.Errors);
    }

    [Fact]
    public async Task S04_CommitWhen_keeps_the_work_of_a_failed_login()
    {
        var site = await StartAsync(app => app.MapPost("/login", async (DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            return Results.StatusCode(StatusCodes.Status401Unauthorized);
        }).WithSession(static options => options.CommitWhen = static status => status is < 400 or 401));

        var answer = await site.Client.PostAsync("/login", null, Token);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(1, await CountAsync("users"));
    }

    [Fact]
    public async Task S04_A_CommitWhen_that_throws_rolls_back_and_surfaces()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) => await session.RunAsync(GoodInsert))
            .WithSession(static options => options.CommitWhen = static _ => throw new InvalidTimeZoneException()));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal("handled InvalidTimeZoneException", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal((0, 0), (await CountAsync("users"), site.Engine.GetSnapshot().InUse));
    }

    [Fact]
    public async Task S04_A_commit_by_hand_stays_and_the_rest_is_rolled_back()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            await session.CommitAsync();
            await session.RunAsync(GoodInsert);
            return Results.Conflict();
        }));

        await site.Client.PostAsync("/", null, Token);

        Assert.Equal(1, await CountAsync("users"));
    }

    [Fact]
    public async Task S04_A_request_aborted_before_its_endpoint_returned_rolls_back()
    {
        var written = new TaskCompletionSource();
        var returned = new TaskCompletionSource();
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            var gone = new TaskCompletionSource();
            await using var _ = context.RequestAborted.Register(gone.SetResult);
            written.SetResult();
            await gone.Task;
            returned.SetResult();
            return Results.Ok(new { told = true });
        }));
        using var socket = await RawSocket.SendAsync(site.Address, "POST", "/", Token);
        await written.Task.WaitAsync(Token);

        socket.HangUp();

        await returned.Task.WaitAsync(Token);
        await NothingHeldAsync(site.Engine);
        Assert.Equal((0, 0L, 1L), (await CountAsync("users"), site.Engine.GetSnapshot().Commits, site.Engine.GetSnapshot().Rollbacks));
        Assert.Empty(site.Log.Of(LogLevel.Warning));
    }

    [Fact]
    public async Task S04_A_request_aborted_after_its_first_byte_stays_committed()
    {
        var ended = new TaskCompletionSource();
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            var gone = new TaskCompletionSource();
            await using var _ = context.RequestAborted.Register(gone.SetResult);
            await context.Response.WriteAsync("first");
            await gone.Task;
            ended.SetResult();
        }));
        using var socket = await RawSocket.SendAsync(site.Address, "POST", "/", Token);
        await socket.ReadSomeAsync(Token);

        socket.HangUp();

        await ended.Task.WaitAsync(Token);
        Assert.Equal(1, await CountAsync("users"));
    }

    [Fact]
    public async Task S04_A_timeout_that_aborts_the_request_rolls_back_and_its_answer_is_told()
    {
        var site = await StartAsync(new SitePlan
        {
            Outside = static app => app.Use(async (context, next) =>
            {
                using var patience = new CancellationTokenSource();
                context.Items["patience"] = patience;
                context.RequestAborted = patience.Token;
                try
                {
                    await next(context);
                }
                catch (OperationCanceledException) when (patience.IsCancellationRequested && !context.Response.HasStarted)
                {
                    context.Response.StatusCode = StatusCodes.Status504GatewayTimeout;
                }
            }),
            Map = app => app.MapPost("/", async (HttpContext context, DbSession session) =>
            {
                await session.RunAsync(GoodInsert);
                await ((CancellationTokenSource)context.Items["patience"]!).CancelAsync();
                return Results.Ok(new { told = true });
            }),
        });

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Equal(0, await CountAsync("users"));
    }

    private static void ThrowFromHere() => throw new InvalidTimeZoneException();
}
