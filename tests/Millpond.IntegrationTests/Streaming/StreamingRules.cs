using System.Net;
using System.Net.ServerSentEvents;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Streaming;

/// <summary>What a session still does after its commit point, and how little it holds then (S09).</summary>
public abstract class StreamingRules(RequestDatabase database) : RequestTestBase(database)
{
    [Fact]
    public async Task S09_200_endless_event_streams_share_5_connections_and_hold_none_between_events()
    {
        const int Clients = 200;
        var site = await StartAsync(new SitePlan
        {
            Map = static app => app.MapGet("/", (DbSession session, CancellationToken token) =>
                TypedResults.ServerSentEvents(Streams.EveryAsync(session, TimeSpan.FromMilliseconds(500), token))),
        });
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var seen = new int[Clients];

        var listening = Enumerable.Range(0, Clients).Select(ListenAsync).ToList();
        for (var first = Task.WhenAny(listening); seen.Min() < 4 && !first.IsCompleted;)
        {
            await Task.Delay(10, Token);
        }

        await UntilAsync(() => site.Engine.GetSnapshot().InUse == 0, "nobody read for a moment");
        Assert.All(listening, static one => Assert.Equal(TaskStatus.WaitingForActivation, one.Status));   // all are still there
        await end.CancelAsync();

        await Task.WhenAll(listening);
        await NothingHeldAsync(site.Engine);
        Assert.Equal(0, site.Engine.GetSnapshot().TimedOut);
        Assert.Empty(site.Errors);

        async Task ListenAsync(int client)
        {
            try
            {
                using var answer = await site.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, end.Token);
                await using var body = await answer.Content.ReadAsStreamAsync(end.Token);
                await foreach (var item in SseParser.Create(body).EnumerateAsync(end.Token))
                {
                    Assert.Equal("0", item.Data);
                    Interlocked.Increment(ref seen[client]);
                }
            }
            catch (OperationCanceledException)
            {
                // It has seen enough.
            }
        }
    }

    [Fact]
    public async Task S16_The_session_timeout_ends_with_the_commit_point()
    {
        var site = await StartAsync(static app => app.MapGet("/", async (HttpContext context, DbSession session) =>
        {
            await context.Response.StartAsync();
            await session.ScalarAsync(Streams.Count);
            await Task.Delay(100);   // twice the limit
            await session.ScalarAsync(Streams.Count);
        }).WithSession(static options => options.Timeout = TimeSpan.FromMilliseconds(50)));

        Assert.Equal(HttpStatusCode.OK, (await site.Client.GetAsync("/", Token)).StatusCode);
        Assert.Empty(site.Errors);
    }

    [Fact]
    public async Task S09_A_write_after_the_commit_point_is_rejected_by_the_database_and_reading_continues()
    {
        ReadOnlySessionException? refusal = null;
        long? users = null;
        var site = await StartAsync(app => app.MapPost("/late", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            await context.Response.WriteAsync("early");
            await context.Response.Body.FlushAsync();
            refusal = await Assert.ThrowsAsync<ReadOnlySessionException>(() => session.RunAsync(GoodInsert, Token));
            users = await session.ScalarAsync(Streams.Count);
        }));

        await site.Client.PostAsync("/late", null, Token);

        Assert.StartsWith(
            "The session of POST /late is past its commit point (the response began) and read-only: the database rejected",
            refusal?.Message,
            StringComparison.Ordinal);
        Assert.Equal((1, 1), (users, await CountAsync("users")));
        Assert.Empty(site.Errors);
    }

    [Fact]
    public async Task S09_Nothing_that_needs_a_commit_can_begin_after_the_commit_point()
    {
        List<SessionEndedException> refusals = [];
        var site = await StartAsync(app => app.MapPost("/late", async (HttpContext context, DbSession session) =>
        {
            await context.Response.StartAsync();
            refusals.Add(await Assert.ThrowsAsync<SessionEndedException>(() => session.BeginTransactionAsync(Token)));
            refusals.Add(await Assert.ThrowsAsync<SessionEndedException>(
                async () => await session.Connection.BeginTransactionAsync(Token)));
            refusals.Add(await Assert.ThrowsAsync<SessionEndedException>(() => session.CommitAsync(Token)));
            refusals.Add(await Assert.ThrowsAsync<SessionEndedException>(() => session.RollbackAsync(Token)));
            refusals.Add(Assert.Throws<SessionEndedException>(() => session.AfterCommit(static _ => Task.CompletedTask)));
            refusals.Add(Assert.Throws<SessionEndedException>(() => session.MarkExternalEffect("a letter")));
            Assert.Equal(0, await session.ScalarAsync(Streams.Count));
        }));

        Assert.Equal(HttpStatusCode.OK, (await site.Client.PostAsync("/late", null, Token)).StatusCode);

        Assert.Equal(6, refusals.Count);
        Assert.All(refusals, static error => Assert.StartsWith(
            "The session of POST /late is past its commit point and read-only: the response began at",
            error.Message,
            StringComparison.Ordinal));
    }

    [Fact]
    public async Task S09_A_stream_whose_first_read_fails_is_an_ordinary_error()
    {
        var site = await StartAsync(static app => app.MapGet("/", (DbSession session, CancellationToken token) =>
            TypedResults.ServerSentEvents(Streams.BrokenAsync(session, token))));

        var answer = await site.Client.GetAsync("/", Token);

        var error = Assert.Single(site.Errors);
        Assert.Equal(
            (HttpStatusCode.InternalServerError, $"handled {error.GetType().Name}"),
            (answer.StatusCode, await answer.Content.ReadAsStringAsync(Token)));
        await NothingHeldAsync(site.Engine);
    }

    [Fact]
    public async Task S09_A_reader_disposed_without_await_returns_its_connection()
    {
        await Database.ExecuteAsync(GoodInsert);
        var site = await StartAsync(app => app.MapGet("/", async (HttpContext context, DbSession session) =>
        {
            await context.Response.StartAsync();
            for (var i = 0; i < 3; i++)
            {
                var command = session.Connection.CreateCommand();
                command.CommandText = "select name from users";
                var reader = await command.ExecuteReaderAsync();
                Assert.True(await reader.ReadAsync());
                reader.Dispose();   // as Dapper does
                if (i == 1)
                {
                    Assert.Equal(1, await session.ScalarAsync(Streams.Count));   // at once
                }
                else
                {
                    await UntilAsync(() => InUse(context) == 0, "the connection was back");
                }
            }
        }));

        Assert.Equal(HttpStatusCode.OK, (await site.Client.GetAsync("/", Token)).StatusCode);
        await NothingHeldAsync(site.Engine);
        Assert.Empty(site.Errors);
    }

    [Fact]
    public async Task S12_A_hook_before_the_commit_runs_once_if_a_stream_continues_to_read()
    {
        var hooks = 0;
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session, CancellationToken token) =>
        {
            session.BeforeCommit(async inner =>
            {
                hooks++;
                await session.RunAsync(GoodInsert, inner);
            });
            session.AfterCommit(_ =>
            {
                hooks += 10;
                return Task.CompletedTask;
            });
            await session.RunAsync(GoodInsert, token);
            return TypedResults.ServerSentEvents(Streams.EveryAsync(session, TimeSpan.Zero, token).Take(3));
        }));

        var text = await (await site.Client.PostAsync("/", null, Token)).Content.ReadAsStringAsync(Token);

        Assert.Equal("data: 1\n\ndata: 2\n\ndata: 2\n\n", text);
        Assert.Equal(11, hooks);
        Assert.Equal((2, 1), (await CountAsync("users"), site.Engine.GetSnapshot().Commits));
    }

    private static int InUse(HttpContext context) =>
        context.RequestServices.GetRequiredService<DbEngine>().GetSnapshot().InUse;
}
