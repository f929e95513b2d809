using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>What a client learns when something fails after the request has committed work (S23).</summary>
public sealed class CommittedTests(SqliteRequestDatabase database)
    : RequestTestBase(database), IClassFixture<SqliteRequestDatabase>
{
    [Theory]
    [InlineData("own commit", "busy", true)]
    [InlineData("own commit", "foreign", true)]
    [InlineData("another session", "busy", true)]
    [InlineData("autocommit", "busy", true)]
    [InlineData("another session", "failing commit", true)]
    [InlineData("nothing", "busy", false)]
    [InlineData("only a read", "busy", false)]
    public async Task S23_After_a_commit_no_response_invites_a_repetition(string committed, string failure, bool isCommitted)
    {
        var site = await StartProblemsAsync(app => app.MapPost("/", async (
            DbSession session, DbEngine engine, CancellationToken token) =>
        {
            if (committed == "own commit")
            {
                await session.RunAsync(GoodInsert, token);
                await session.CommitAsync(token);
            }
            else if (committed == "another session")
            {
                await engine.RunAsync((own, inner) => own.RunAsync(GoodInsert, inner), cancellationToken: token);
            }
            else if (committed == "autocommit")
            {
                var options = new DbSessionOptions { Mode = SessionMode.Autocommit };
                await using var own = engine.OpenSession(options);
                await own.RunAsync(GoodInsert, token);
            }
            else if (committed == "only a read")
            {
                await engine.RunAsync(
                    (own, inner) => own.ScalarAsync("select count(*) from users", inner),
                    new DbSessionOptions { Access = SessionAccess.ReadOnly },
                    token);
            }

            await FailAsync(session, engine, failure, token);
        }));

        var answer = await site.Client.PostAsync("/", null, Token);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!;

        Assert.Equal(isCommitted ? 500 : 503, (int)answer.StatusCode);
        Assert.Equal(isCommitted, (bool?)problem["committed"] ?? false);
        Assert.Equal(!isCommitted, answer.Headers.RetryAfter is not null);
        Assert.Equal(committed is "nothing" or "only a read" ? 0 : 1, await CountAsync("users"));
        Assert.Equal(
            failure == "foreign" ? null : failure == "busy" ? "MILL3008" : "MILL6001", (string?)problem["code"]);
    }

    [Theory]
    [InlineData("POST", true)]
    [InlineData("GET", false)]
    public async Task S23_An_outer_middleware_that_fails_after_the_commit_invites_no_repetition(
        string method, bool isCommitted)
    {
        var site = await StartAsync(new SitePlan
        {
            Map = app => app.MapMethods("/", [method], async (DbSession session, CancellationToken token) =>
            {
                await (isCommitted ? (Task)session.RunAsync(GoodInsert, token) : session.ScalarAsync("select 1", token));
            }),
            Outside = static app => app.UseExceptionHandler(),
            Before = static app => app.Use(static async (context, next) =>
            {
                await next(context);
                var engine = context.RequestServices.GetRequiredService<DbEngine>();
                await engine.RunAsync((own, token) => FailAsync(own, engine, "busy", token));
            }),
            Services = static services => services.AddMillpondProblemDetails(),
        });
        using var request = new HttpRequestMessage(new HttpMethod(method), "/");

        var answer = await site.Client.SendAsync(request, Token);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!;

        Assert.Equal(
            (isCommitted ? 500 : 503, isCommitted, !isCommitted),
            ((int)answer.StatusCode, (bool?)problem["committed"] ?? false, answer.Headers.RetryAfter is not null));
        Assert.Equal(isCommitted ? 1 : 0, await CountAsync("users"));
    }

    private static async Task FailAsync(DbSession session, DbEngine engine, string failure, CancellationToken token)
    {
        switch (failure)
        {
            case "busy":
                await session.RunAsync(GoodInsert, token);
                await engine.RunAsync((own, inner) => own.RunAsync(GoodInsert, inner), cancellationToken: token);
                break;
            case "failing commit":
                await session.RunAsync(FailingInsert, token);
                break;
            default:
                throw new InvalidTimeZoneException();
        }
    }

    private Task<TestSite> StartProblemsAsync(Action<WebApplication> map) => StartAsync(new SitePlan
    {
        Map = map,
        Outside = static app => app.UseExceptionHandler(),
        Services = static services => services.AddMillpondProblemDetails(),
    });
}
