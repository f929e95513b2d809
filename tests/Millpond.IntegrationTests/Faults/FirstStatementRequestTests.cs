using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Millpond.IntegrationTests.Requests;
using Millpond.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>Requests that meet pooled connections which died while nobody used them.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class FirstStatementRequestTests(PostgreSqlRequestDatabase database)
    : RequestTestBase(database), IClassFixture<PostgreSqlRequestDatabase>
{
    private const string EndIdle =
        "select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where datname = current_database() and " +
        "state = 'idle' and pid <> pg_backend_pid()";

    [Fact]
    public async Task S19_A_hundred_requests_on_a_pool_of_dead_connections_all_succeed()
    {
        var site = await StartAsync(static app =>
        {
            app.MapPost("/", async (DbSession session) =>
            {
                await session.RunAsync(GoodInsert);
                return Results.Created();
            });
            app.MapPost("/slow", (DbSession session) => session.RunAsync("select pg_sleep(0.2)"));
        });
        for (var round = 1; round <= 3; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => site.Client.PostAsync("/slow", null, Token)));
            Assert.True(await Database.ScalarAsync(EndIdle) >= 5);
            var before = site.Engine.GetSnapshot().Replays;

            var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => site.Client.PostAsync("/", null, Token)));

            Assert.Empty(site.Errors);
            Assert.All(answers, static answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
            Assert.Equal(100 * round, await CountAsync("users"));   // each has its effect once
            Assert.True(site.Engine.GetSnapshot().Replays > before);
        }
    }
}
