using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>What a request's transactions do at their beginning on SQLite.</summary>
public sealed class SqliteBeginRequestTests(SqliteRequestDatabase database)
    : RequestTestBase(database), IClassFixture<SqliteRequestDatabase>
{
    [Fact]
    public async Task S22_An_OnBegin_statement_runs_again_for_reads_after_the_commit_point()
    {
        var site = await StartAsync(
            static app => app.MapPost("/", static async (HttpContext context, DbSession session) =>
            {
                await session.RunAsync(GoodInsert);
                var before = await session.ScalarAsync("pragma cache_size");
                await context.Response.StartAsync();
                await context.Response.WriteAsync($"{before}, {await session.ScalarAsync("pragma cache_size")}");
            }),
            static options => options.Session.OnBegin(static begin => begin.Execute("pragma cache_size = 77")));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal("77, 77", await answer.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task S09_State_of_one_request_in_an_in_memory_database_does_not_affect_reads_of_another()
    {
        var site = await StartAsync(
            static app => app.MapPost("/", static async (HttpContext context, DbSession session) =>
            {
                await session.RunAsync(context.Request.Query.ContainsKey("sets") ? "pragma cache_size = 77" : "select 1");
                await context.Response.StartAsync();
                await context.Response.WriteAsync(
                    context.Request.Query.ContainsKey("sets") ? "set" : $"{await session.ScalarAsync("select 1")}");
            }),
            static options => options.ConnectionString = "sqlite::memory:");

        await site.Client.PostAsync("/?sets", null, Token);
        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal("1", await answer.Content.ReadAsStringAsync(Token));
    }
}
