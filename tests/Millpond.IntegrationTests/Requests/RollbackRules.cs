using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>What rolls a request's work back, and what does not.</summary>
public abstract class RollbackRules(RequestDatabase database) : RequestTestBase(database)
{
    [Fact]
    public async Task S04_An_exception_of_the_endpoint_rolls_back_and_is_unchanged()
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
    public async Task S04_A_status_of_400_or_more_rolls_back_and_is_sent(int status, int rows)
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
        }).CommitWhen(static status => status is < 400 or 401));

        var answer = await site.Client.PostAsync("/login", null, Token);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(1, await CountAsync("users"));
    }

    [Fact]
    public async Task S04_CommitWhen_of_UseMillpond_applies_to_endpoints_without_their_own()
    {
        var site = await StartAsync(new SitePlan
        {
            Requests = static options => options.CommitWhen = static _ => true,
            Map = static app =>
            {
                app.MapPost("/kept", FailAsync);
                app.MapPost("/undone", FailAsync).CommitWhen(static status => status < 400);
            },
        });

        await site.Client.PostAsync("/kept", null, Token);
        Assert.Equal(1, await CountAsync("users"));
        await site.Client.PostAsync("/undone", null, Token);
        Assert.Equal(1, await CountAsync("users"));

        static async Task<IResult> FailAsync(DbSession session)
        {
            await session.RunAsync(GoodInsert);
            return Results.StatusCode(StatusCodes.Status401Unauthorized);
        }
    }

    [Fact]
    public async Task S04_Identity_endpoints_commit_whatever_their_status()
    {
        var site = await StartAsync(new SitePlan
        {
            Services = static services =>
            {
                services.AddAuthorization();
                services.AddIdentityApiEndpoints<IdentityUser>();
                services.AddScoped<IUserStore<IdentityUser>, SessionUserStore>();
            },
            Map = static app => app.MapIdentityApi<IdentityUser>(),
        });

        var answer = await site.Client.PostAsJsonAsync("/login", new { email = "ada@example.org", password = "wrong" }, Token);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(1, await CountAsync("users"));
    }

    [Fact]
    public async Task S04_Writes_rolled_back_by_the_status_alone_are_logged_once_per_endpoint()
    {
        var site = await StartAsync(app =>
        {
            app.MapPost("/wrote", static async (DbSession session) =>
            {
                await session.RunAsync(GoodInsert);
                return Results.NotFound();
            });
            app.MapPost("/counted", static async (DbSession session) =>
            {
                await session.ScalarAsync("insert into users (name) values ('ada') returning id");
                return Results.NotFound();
            });
            app.MapPost("/read", static async (DbSession session) =>
            {
                await session.ScalarAsync("select 1");
                return Results.NotFound();
            });
            app.MapPost("/declared", static async (DbSession session) =>
            {
                await session.RunAsync(GoodInsert);
                return Results.NotFound();
            }).CommitWhen(static status => status < 400);
        });

        foreach (var path in new[] { "/wrote", "/counted", "/read", "/declared", "/wrote" })
        {
            await site.Client.PostAsync(path, null, Token);
        }

        var lines = site.Log.Of(LogLevel.Information)
            .Where(static line => line.Contains("rolled back", StringComparison.Ordinal));
        Assert.Collection(
            lines,
            static line => Assert.StartsWith("POST /wrote wrote to the database and then returned 404,", line, default),
            static line => Assert.StartsWith("POST /counted wrote to the database and then returned " +
                "404,", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task S04_An_exception_of_CommitWhen_rolls_back_and_surfaces()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) => await session.RunAsync(GoodInsert))
            .CommitWhen(static _ => throw new InvalidTimeZoneException()));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal("handled InvalidTimeZoneException", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal((0, 0), (await CountAsync("users"), site.Engine.GetSnapshot().InUse));
    }

    [Fact]
    public async Task S04_Work_before_CommitAsync_stays_and_the_rest_is_rolled_back()
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
    public async Task S04_A_request_aborted_before_its_endpoint_returned_is_rolled_back()
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
        await written.Task.WaitAsync(Patience, Token);

        socket.HangUp();

        await returned.Task.WaitAsync(Patience, Token);
        await NothingHeldAsync(site.Engine);
        var snapshot = site.Engine.GetSnapshot();
        Assert.Equal((0, 0L, 1L), (await CountAsync("users"), snapshot.Commits, snapshot.Rollbacks));
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

        await ended.Task.WaitAsync(Patience, Token);
        Assert.Equal(1, await CountAsync("users"));
    }

    [Fact]
    public async Task S04_A_timeout_that_aborts_the_request_rolls_back_and_its_response_is_sent()
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
