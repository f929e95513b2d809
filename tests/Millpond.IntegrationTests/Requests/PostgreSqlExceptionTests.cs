using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlExceptionTests(PostgreSqlRequestDatabase database)
    : ExceptionRules(database), IClassFixture<PostgreSqlRequestDatabase>
{
    protected override string Endless => "select count(*) from (select pg_sleep(60)) as endless";

    [Fact]
    public async Task A_lost_connection()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            await session.RunAsync("select pg_terminate_backend(pg_backend_pid())");
        }));

        var error = await MeetAsync<DatabaseUnavailableException>(site, 503, "MILL2001", "connection");

        Assert.Equal(("57P01", true), (error.SqlState, error.IsTransient));
        Assert.Equal(site.Engine.GetSnapshot().Server, error.Server);
    }

    [Fact]
    public async Task S18_A_commit_of_unknown_outcome()
    {
        var site = await StartAsync(app => app.MapPost("/", (DbSession session) => session.RunAsync(
            """
            create function pg_temp.last() returns trigger language plpgsql as
                $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
            create temp table t (i integer) on commit drop;
            create constraint trigger last after insert on t deferrable initially deferred
                for each row execute function pg_temp.last();
            insert into t values (1);
            """)));

        var error = await MeetAsync<CommitOutcomeException>(site, 500, "MILL3006", "POST /");

        Assert.Equal(CommitOutcome.Unknown, error.Outcome);
    }
}
