using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Tenancy;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>What a request's transactions set at their beginning.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlBeginRequestTests(PostgreSqlRequestDatabase database)
    : RequestTestBase(database), IClassFixture<PostgreSqlRequestDatabase>
{
    private const string Look =
        "select concat_ws(' ', current_setting('app.a'), current_setting('app.b'), current_setting('app.c'))";

    [Fact]
    public async Task S22_Settings_of_engine_group_and_endpoint_add_up_and_apply_after_the_commit_point()
    {
        string? inHook = null;
        var site = await StartAsync(new SitePlan
        {
            Services = static services => services.AddScoped(static _ => new Tenant { Id = 7 }),
            Engine = static options => options.Session.OnBegin(static begin =>
            {
                begin.Set("app.a", begin.Services!.GetRequiredService<Tenant>().Id);
                begin.Set("app.b", "engine");
                begin.Set("app.c", "engine");
            }),
            Map = app =>
            {
                var group = app.MapGroup("/").WithSession(static options => options.OnBegin(static begin =>
                {
                    begin.Set("app.b", "group");
                    begin.Set("app.c", "group");
                }));
                group.MapPost("/", async (HttpContext context, DbSession session) =>
                {
                    session.AfterCommit(async (own, _) => inHook = await AskAsync(own));
                    await session.RunAsync(GoodInsert);
                    var before = await AskAsync(session);
                    await context.Response.StartAsync();
                    await context.Response.WriteAsync($"{before}, {await AskAsync(session)}");
                }).WithSession(static options => options.OnBegin(static begin => begin.Set("app.c", "endpoint")));
            },
        });

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal("7 group endpoint, 7 group endpoint", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal("7 engine engine", inHook);
    }

    [Fact]
    public async Task S22_A_background_job_begins_with_the_engines_settings_only()
    {
        var inJob = new TaskCompletionSource<string?>();
        var site = await StartAsync(new SitePlan
        {
            Engine = static options => options.Session.OnBegin(static begin =>
            {
                begin.Set("app.a", "engine");
                begin.Set("app.b", "engine");
                begin.Set("app.c", "engine");
            }),
            Map = app => app.MapPost("/", async (DbSession session, BackgroundSessions background) =>
            {
                background.Enqueue(session, async (own, _) => inJob.SetResult(await AskAsync(own)));
                await session.RunAsync(GoodInsert);
                return await AskAsync(session);
            }).WithSession(static options => options.OnBegin(static begin => begin.Set("app.c", "endpoint"))),
        });

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal("engine engine endpoint", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal("engine engine engine", await inJob.Task.WaitAsync(Patience, Token));
    }

    private static async Task<string?> AskAsync(DbSession session)
    {
        await using var command = session.Connection.CreateCommand();
        command.CommandText = Look;
        return (string?)await command.ExecuteScalarAsync(Token);
    }
}
