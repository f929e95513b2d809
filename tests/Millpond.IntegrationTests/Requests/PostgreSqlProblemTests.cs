using System.Net;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlProblemTests(PostgreSqlRequestDatabase database)
    : ProblemRules(database), IClassFixture<PostgreSqlRequestDatabase>
{
    [Theory]
    [InlineData("40001")]
    [InlineData("40P01")]
    public async Task A_conflict_in_a_statement_is_503_with_Retry_After(string state)
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) =>
            await session.RunAsync($"do $$ begin raise exception 'secret' using errcode = '{state}'; end $$")));

        await AssertProblemAsync(site, "/", HttpStatusCode.ServiceUnavailable, "MILL3005", retryAfter: 1);
    }

    [Fact]
    public async Task A_conflict_at_commit_is_503_with_Retry_After()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) =>
            await session.RunAsync(AtCommit("raise exception 'secret' using errcode = '40001'"))));

        await AssertProblemAsync(site, "/", HttpStatusCode.ServiceUnavailable, "MILL3005", retryAfter: 1);
    }

    [Fact]
    public async Task S18_A_connection_lost_during_the_commit_is_500_with_an_unknown_outcome()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) =>
            await session.RunAsync(AtCommit("perform pg_terminate_backend(pg_backend_pid())"))));

        var problem = await AssertProblemAsync(site, "/", HttpStatusCode.InternalServerError, "MILL3006");

        Assert.Equal("unknown", (string?)problem["outcome"]);
    }

    [Fact]
    public async Task A_connection_lost_before_the_commit_is_503_with_Retry_After()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            await session.RunAsync("select pg_terminate_backend(pg_backend_pid())");
        }));

        await AssertProblemAsync(site, "/", HttpStatusCode.ServiceUnavailable, "MILL2001", retryAfter: 5);
        Assert.Equal(0, await CountAsync("users"));
    }

    [Fact]
    public async Task A_database_that_cannot_be_reached_is_503_with_Retry_After()
    {
        var site = await StartAsync(
            app => app.MapPost("/", async (DbSession session) => await session.RunAsync(GoodInsert)),
            static options => options.ConnectionString = "postgresql://nobody@127.0.0.1:1/nowhere");

        await AssertProblemAsync(site, "/", HttpStatusCode.ServiceUnavailable, "MILL2001", retryAfter: 5);
    }

    private static string AtCommit(string statement) =>
        $"""
        create function pg_temp.last() returns trigger language plpgsql as $$ begin {statement}; return null; end $$;
        create temp table t (i integer) on commit drop;
        create constraint trigger last after insert on t deferrable initially deferred
            for each row execute function pg_temp.last();
        insert into t values (1);
        """;
}
