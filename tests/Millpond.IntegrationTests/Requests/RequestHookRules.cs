using System.Data.Common;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>The hooks of a request's session.</summary>
public abstract class RequestHookRules(RequestDatabase database) : RequestTestBase(database)
{
    [Fact]
    public async Task S12_AfterCommit_runs_before_the_first_byte_and_cannot_change_a_201()
    {
        var seen = (Started: true, InUse: -1);
        var site = await StartAsync(
            app => app.MapPost("/", async (HttpContext context, DbSession session, DbEngine engine) =>
            {
                await session.RunAsync(GoodInsert);
                session.AfterCommit(async token =>
                {
                    seen = (context.Response.HasStarted, engine.GetSnapshot().InUse);
                    await engine.RunAsync((other, inner) => other.RunAsync(GoodInsert, inner), cancellationToken: token);
                });
                session.AfterCommit(static _ => throw new InvalidTimeZoneException());
                session.AfterCommit(inner => session.RunAsync(GoodInsert, inner));
                return Results.Created((string?)null, new { made = true });
            }),
            static options => options.PoolSize = 1);

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal(
            (HttpStatusCode.Created, "{\"made\":true}"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Token)));
        Assert.Equal((false, 0), seen);
        Assert.Equal(2, await CountAsync("users"));
        var lines = site.Log.Of(LogLevel.Warning).ToList();
        Assert.All(lines, static line =>
            Assert.StartsWith("An AfterCommit hook of POST / failed.", line, StringComparison.Ordinal));
        Assert.Contains(nameof(InvalidTimeZoneException), lines[0], StringComparison.Ordinal);
        Assert.Contains(nameof(ReadOnlySessionException), lines[1], StringComparison.Ordinal);
        Assert.Empty(site.Errors);
    }

    [Fact]
    public async Task S12_AfterRollback_of_a_request_gets_the_reason_and_the_error()
    {
        SessionRollback? told = null;
        var site = await StartAsync(app =>
        {
            Map(app, "/throw", static _ => throw new InvalidTimeZoneException());
            Map(app, "/status", static _ => Task.FromResult(Results.Conflict()));
            Map(app, "/commit", static async session =>
            {
                await session.RunAsync(FailingInsert);
                return Results.Ok();
            });
        });

        await site.Client.PostAsync("/throw", null, Token);
        Assert.Equal(("an exception left the endpoint", site.Errors.Single()), (told!.Reason, told.Error));

        await site.Client.PostAsync("/status", null, Token);
        Assert.Equal(("the response had status 409", null), (told!.Reason, told.Error));

        await site.Client.PostAsync("/commit", null, Token);
        Assert.Equal("its commit failed", told!.Reason);
        Assert.IsAssignableFrom<DbException>(told.Error);
        Assert.Equal(0, await CountAsync("users"));

        void Map(WebApplication app, string path, Func<DbSession, Task<IResult>> work) =>
            app.MapPost(path, async (DbSession session) =>
            {
                await session.RunAsync(GoodInsert);
                session.AfterRollback((why, _) =>
                {
                    told = why;
                    return Task.CompletedTask;
                });
                return await work(session);
            });
    }
}
