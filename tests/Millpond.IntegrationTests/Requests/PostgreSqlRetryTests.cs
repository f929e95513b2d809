using System.Data;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlRetryTests(PostgreSqlRequestDatabase database)
    : RetryRules(database), IClassFixture<PostgreSqlRequestDatabase>
{
    private const string KillMyself = "select pg_terminate_backend(pg_backend_pid())";

    [Fact]
    public async Task S17_A_serialization_failure_that_the_handler_caught_is_retried()
    {
        var site = await StartRetryingAsync(app => app.MapPost("/", async (DbSession session) =>
        {
            await Record.ExceptionAsync(() => WriteAsync(session));
            return Results.Text($"try {Tries}");
        }));

        Assert.Equal("try 2", await (await site.Client.PostAsync("/", null, Token)).Content.ReadAsStringAsync(Token));
        Assert.Equal(1, await CountAsync("users"));
    }

    [Fact]
    public async Task S17_Of_two_requests_with_unserializable_transactions_the_second_is_retried()
    {
        var read = new Barrier();
        var site = await StartRetryingAsync(app => app.MapPost("/", async (DbSession session) =>
        {
            var seen = await session.ScalarAsync("select count(*) from users");
            if (CountTry() <= 2)
            {
                await read.ArriveAsync();
            }

            await session.RunAsync($"insert into users (name) values ('saw {seen}')");
        }).WithSession(static options => options.Isolation = IsolationLevel.Serializable));

        var answers = await Task.WhenAll(site.Client.PostAsync("/", null, Token), site.Client.PostAsync("/", null, Token));

        Assert.All(answers, static answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal((3, 1L), (Tries, site.Engine.GetSnapshot().Retries));
        Assert.Equal(
            (1, 1),
            (await CountAsync("users where name = 'saw 0'"), await CountAsync("users where name = 'saw 1'")));
    }

    [Fact]
    public async Task S17_The_loser_of_a_deadlock_is_retried()
    {
        await Database.ExecuteAsync("insert into users (id, name) values (1001, 'ada'), (1002, 'eve')");
        var locked = new Barrier();
        var site = await StartRetryingAsync(app => app.MapPost("/{one}/{two}", async (int one, int two, DbSession session) =>
        {
            await session.RunAsync($"update users set name = name || '+' where id = {one}");
            if (CountTry() <= 2)
            {
                await locked.ArriveAsync();
            }

            await session.RunAsync($"update users set name = name || '+' where id = {two}");
        }));

        var answers = await Task.WhenAll(
            site.Client.PostAsync("/1001/1002", null, Token), site.Client.PostAsync("/1002/1001", null, Token));

        Assert.All(answers, static answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal((3, 2), (Tries, await CountAsync("users where name like '%++'")));
    }

    [Fact]
    public async Task S17_A_connection_lost_before_the_commit_is_retried()
    {
        var site = await StartRetryingAsync(app => app.MapPost("/", async (DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            if (CountTry() == 1)
            {
                await session.RunAsync(KillMyself);
            }
        }));

        Assert.Equal(HttpStatusCode.OK, (await site.Client.PostAsync("/", null, Token)).StatusCode);
        Assert.Equal((2, 1), (Tries, await CountAsync("users")));
    }

    [Fact]
    public async Task S17_A_request_whose_commit_has_an_unknown_outcome_is_never_retried()
    {
        await Database.ExecuteAsync(
            $"""
            create or replace function die_at_commit() returns trigger language plpgsql as
                $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
            create constraint trigger die after insert on posts deferrable initially deferred
                for each row execute function die_at_commit();
            """);
        try
        {
            var site = await StartRetryingAsync(app => app.MapPost("/", async (DbSession session) =>
            {
                CountTry();
                await session.RunAsync("insert into posts (author) values (null)");
            }).WithSession(static options => options.ConfirmCommit = false));

            Assert.Equal(HttpStatusCode.InternalServerError, (await site.Client.PostAsync("/", null, Token)).StatusCode);

            Assert.Equal((1, 0L), (Tries, site.Engine.GetSnapshot().Retries));
            Assert.Equal(CommitOutcome.Unknown, Assert.IsType<CommitOutcomeException>(Assert.Single(site.Errors)).Outcome);
        }
        finally
        {
            await Database.ExecuteAsync("drop trigger die on posts");
        }
    }

    /// <summary>Where two wait for each other.</summary>
    private sealed class Barrier
    {
        private readonly TaskCompletionSource _both = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _arrived;

        public Task ArriveAsync()
        {
            if (Interlocked.Increment(ref _arrived) == 2)
            {
                _both.SetResult();
            }

            return _both.Task.WaitAsync(Patience);
        }
    }
}
