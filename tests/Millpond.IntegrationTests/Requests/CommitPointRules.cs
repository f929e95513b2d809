using System.Buffers;
using System.Data.Common;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>What is held back, until when, and what becomes of it.</summary>
public abstract class CommitPointRules(RequestDatabase database) : RequestTestBase(database)
{
    private const int Limit = 64 * 1024;

    [Fact]
    public async Task S02_Bytes_in_the_stream_are_held_up_to_the_limit()
    {
        List<bool> started = [];
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            var body = context.Response.Body;
            await body.WriteAsync(new byte[Limit]);
            started.Add(context.Response.HasStarted);
            await body.WriteAsync(new byte[1]);
            started.Add(context.Response.HasStarted);
        }));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal([false, true], started);
        Assert.Equal(Limit + 1, (await answer.Content.ReadAsByteArrayAsync(Token)).Length);
    }

    [Fact]
    public async Task S02_Bytes_in_the_pipe_writer_are_held_until_a_flush()
    {
        List<(bool, long)> states = [];
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            var writer = context.Response.BodyWriter;
            for (var i = 0; i < 100; i++)
            {
                writer.Write(new byte[10_000]);
            }

            states.Add((context.Response.HasStarted, writer.UnflushedBytes));
            await writer.FlushAsync();
            states.Add((context.Response.HasStarted, writer.UnflushedBytes));
        }));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal([(false, 1_000_000), (true, 0)], states);
        Assert.Equal(1_000_000, (await answer.Content.ReadAsByteArrayAsync(Token)).Length);
    }

    [Fact]
    public async Task S02_After_the_commit_point_bytes_are_sent_immediately_even_through_an_older_stream_or_writer()
    {
        var read = new TaskCompletionSource();
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            var (stream, writer) = (context.Response.Body, context.Response.BodyWriter);
            await stream.WriteAsync("one,"u8.ToArray());
            await writer.FlushAsync();
            await read.Task;
            await stream.WriteAsync("two,"u8.ToArray());
            writer.Write("three"u8);
        }));
        using var socket = await RawSocket.SendAsync(site.Address, "POST", "/", Token);

        var seen = "";
        while (!seen.Contains("one,", StringComparison.Ordinal))
        {
            seen += await socket.ReadSomeAsync(Token);
        }

        Assert.Equal(1, await CountAsync("users"));
        read.SetResult();
        Assert.Matches("two,(.|\r|\n)*three", await socket.ReadToEndAsync(Token));
    }

    [Fact]
    public async Task S02_A_request_without_a_session_is_sent_at_its_first_flush()
    {
        var read = new TaskCompletionSource();
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context) =>
        {
            await context.Response.WriteAsync("early");
            await read.Task;
        }));
        using var socket = await RawSocket.SendAsync(site.Address, "POST", "/", Token);

        var seen = "";
        while (!seen.Contains("early", StringComparison.Ordinal))
        {
            seen += await socket.ReadSomeAsync(Token);
        }

        read.SetResult();
        Assert.Equal(0, site.Engine.GetSnapshot().Commits);
    }

    [Fact]
    public async Task S02_A_session_first_resolved_after_the_first_byte_is_read_only()
    {
        ReadOnlySessionException? error = null;
        long? users = null;
        var site = await StartAsync(app => app.MapPost("/late", async (HttpContext context, CancellationToken token) =>
        {
            await context.Response.WriteAsync("early", token);
            var session = context.RequestServices.GetRequiredService<DbSession>();
            error = await Assert.ThrowsAsync<ReadOnlySessionException>(() => session.RunAsync(GoodInsert, token));
            users = await session.ScalarAsync("select count(*) from users", token);
        }));

        await site.Client.PostAsync("/late", null, Token);

        Assert.Equal(
            "The session of POST /late is past its commit point (the response began) and read-only: the database rejected a " +
            "write. Write before that, or in a separate session: inject DbEngine and call RunAsync. [MILL3009]",
            error?.Message);
        Assert.Equal((0, 0), (users, await CountAsync("users")));
    }

    /// <summary>Server-sent events are written like this: a stream that is never flushed, and never ends.</summary>
    [Fact]
    public async Task S02_An_unbuffered_response_is_committed_before_its_first_write_and_sent_with_each_write()
    {
        var committed = new List<long>();
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
            for (var i = 0; i < 3; i++)
            {
                await context.Response.Body.WriteAsync("event"u8.ToArray());
                committed.Add(await CountAsync("users"));
                await Task.Delay(50, context.RequestAborted);
            }

            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }));

        using var socket = await RawSocket.SendAsync(site.Address, "POST", "/", Token);
        var seen = "";
        while (seen.Split("event").Length < 4)
        {
            seen += await socket.ReadSomeAsync(Token).WaitAsync(Patience, Token);
        }

        await UntilAsync(() => committed.Count == 3, "it was looked three times");
        Assert.Equal([1, 1, 1], committed);
    }

    [Fact]
    public async Task S02_A_small_value_that_cannot_be_serialised_rolls_back()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            return Results.Ok(new { Broken = Enumerable.Range(0, 3).Select(static i => 1 / (i - 2)) });
        }));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal((HttpStatusCode.InternalServerError, 0), (answer.StatusCode, await CountAsync("users")));
    }

    [Fact]
    public async Task S03_A_swallowed_failure_is_thrown_again_by_the_next_write_and_at_the_end()
    {
        List<Exception> caught = [];
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            var token = context.RequestAborted;
            await session.RunAsync(FailingInsert, token);
            caught.Add(await Assert.ThrowsAnyAsync<DbException>(() => context.Response.WriteAsync("success", token)));
            caught.Add(await Assert.ThrowsAnyAsync<DbException>(() => context.Response.WriteAsync("success", token)));
            var bytes = "success"u8.ToArray();
            caught.Add(await Assert.ThrowsAnyAsync<DbException>(() => context.Response.Body.WriteAsync(bytes, token).AsTask()));
            context.Response.BodyWriter.Write("success"u8);
        }));
        using var socket = await RawSocket.SendAsync(site.Address, "POST", "/", Token);

        var answer = await socket.ReadToEndAsync(Token);

        var told = Assert.Single(site.Errors);
        Assert.Equal(3, caught.Count);
        Assert.All(caught, error => Assert.Same(told, error));
        Assert.StartsWith("HTTP/1.1 500 ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("success", answer, StringComparison.Ordinal);
        Assert.Contains(
            site.Log.Of(LogLevel.Warning), line => line.StartsWith("POST / caught the exception", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S03_After_a_failure_the_endpoints_own_error_page_is_sent()
    {
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync(FailingInsert);
            try
            {
                await context.Response.Body.WriteAsync("success"u8.ToArray());
                await context.Response.Body.FlushAsync();
            }
            catch (DbException)
            {
                context.Response.StatusCode = StatusCodes.Status409Conflict;
                await context.Response.WriteAsync("sorry");
            }
        }));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal((HttpStatusCode.Conflict, "sorry"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Token)));
        Assert.Empty(site.Errors);
        Assert.Equal(0, await CountAsync("posts"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S03_The_response_to_a_failed_commit_has_the_OnStarting_headers_once(bool isOwnPage)
    {
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            context.Response.OnStarting(async () =>
            {
                context.Response.Headers.Append("X-Late", "late");
                await session.RunAsync(GoodInsert);   // belongs to the work, and is not possible any more the second time
            });
            await session.RunAsync(FailingInsert);
            try
            {
                await context.Response.WriteAsync("success");
            }
            catch (DbException) when (isOwnPage)
            {
                context.Response.StatusCode = StatusCodes.Status409Conflict;
                await context.Response.WriteAsync("sorry");
            }
        }));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal(isOwnPage ? HttpStatusCode.Conflict : HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal(["late"], answer.Headers.GetValues("X-Late"));
        Assert.Equal((0, 0), (await CountAsync("users"), await CountAsync("posts")));
    }

    [Fact]
    public async Task S03_A_writer_that_is_disposed_late_cannot_corrupt_the_error_page()
    {
        StreamWriter? late = null;
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync(FailingInsert);
            late = new StreamWriter(context.Response.Body);
            context.Response.RegisterForDisposeAsync(late);
            await late.WriteAsync("success");
        }));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.NotNull(late);
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.StartsWith("handled ", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Single(site.Log.Of(LogLevel.Error));   // the exception handler's own
    }

    [Fact]
    public async Task S03_A_body_whose_writer_was_completed_with_an_error_is_not_a_success()
    {
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            context.Response.BodyWriter.Write("half"u8);
            await context.Response.BodyWriter.CompleteAsync(new InvalidTimeZoneException());
        }));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.IsType<InvalidTimeZoneException>(Assert.Single(site.Errors));
        Assert.Equal(0, await CountAsync("users"));
    }

    [Fact]
    public async Task S04_An_error_page_after_a_broken_body_rolls_back()
    {
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            await context.Response.BodyWriter.CompleteAsync(new InvalidTimeZoneException());
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            await context.Response.WriteAsync("sorry");
        }));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal("sorry", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal(0, await CountAsync("users"));
        Assert.Empty(site.Log.Of(LogLevel.Warning));
    }

    [Fact]
    public async Task S07_A_cancelled_flush_before_the_commit_point_commits_nothing_and_can_be_repeated()
    {
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            var cancelled = new CancellationToken(canceled: true);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => context.Response.Body.FlushAsync(cancelled));
            Assert.Equal(SessionState.Active, session.State);
            await context.Response.WriteAsync("done");
        }));

        Assert.Equal("done", await (await site.Client.PostAsync("/", null, Token)).Content.ReadAsStringAsync(Token));
        Assert.Equal(1, await CountAsync("users"));
    }
}
