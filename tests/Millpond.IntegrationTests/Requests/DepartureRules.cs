using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>Clients that are slow, and clients that leave.</summary>
public abstract class DepartureRules(RequestDatabase database) : RequestTestBase(database)
{
    /// <summary>Gets a query that runs much longer than any test.</summary>
    protected abstract string EndlessQuery { get; }

    [Fact]
    public async Task S06_A_slow_reader_of_a_large_response_holds_no_connection()
    {
        var sent = new TaskCompletionSource();
        var site = await StartAsync(
            app =>
            {
                app.MapPost("/large", async (HttpContext context, DbSession session) =>
                {
                    await session.RunAsync(GoodInsert);
                    for (var i = 0; i < 1_000; i++)
                    {
                        await context.Response.Body.WriteAsync(new byte[64 * 1024], context.RequestAborted);
                    }

                    sent.SetResult();
                });
                app.MapPost("/small", async (DbSession session) => await session.RunAsync(GoodInsert));
            },
            static options => options.PoolSize = 2);
        RawSocket[] slow =
        [
            await RawSocket.SendAsync(site.Address, "POST", "/large", Token, receiveBuffer: 4096),
            await RawSocket.SendAsync(site.Address, "POST", "/large", Token, receiveBuffer: 4096),
            await RawSocket.SendAsync(site.Address, "POST", "/large", Token, receiveBuffer: 4096),
        ];
        await Task.WhenAll(slow.Select(one => one.ReadSomeAsync(Token)));

        Assert.Equal(0, site.Engine.GetSnapshot().InUse);
        Assert.Equal(HttpStatusCode.OK, (await site.Client.PostAsync("/small", null, Token)).StatusCode);
        Assert.False(sent.Task.IsCompleted);
        Assert.Equal(4, await CountAsync("users"));
        Array.ForEach(slow, static one => one.HangUp());
    }

    [Fact]
    public async Task S07_A_disconnect_in_the_queue_leaves_it_immediately()
    {
        var release = new TaskCompletionSource();
        var seen = new TaskCompletionSource<Exception>();
        var site = await StartAsync(
            app =>
            {
                app.MapPost("/hold", async (DbSession session) =>
                {
                    await session.RunAsync(GoodInsert);
                    await release.Task;
                });
                app.MapPost("/wait", (DbSession session) => SeeAsync(() => session.RunAsync(GoodInsert), seen));
            },
            static options => options.PoolSize = 1);
        var holding = site.Client.PostAsync("/hold", null, Token);
        await UntilAsync(() => site.Engine.GetSnapshot().InUse == 1, "the first request held the connection");
        using var socket = await RawSocket.SendAsync(site.Address, "POST", "/wait", Token);
        await UntilAsync(() => site.Engine.GetSnapshot() is { Waiting: 1 } or { WaitingToWrite: 1 }, "the second request waited");

        socket.HangUp();

        Assert.IsType<OperationCanceledException>(await seen.Task.WaitAsync(Patience, Token), exactMatch: false);
        await UntilAsync(() => site.Engine.GetSnapshot() is { Waiting: 0, WaitingToWrite: 0, InUse: 1 }, "it had left the queue");
        release.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await holding).StatusCode);
        await NothingHeldAsync(site.Engine);
        Assert.Empty(site.Log.Of(LogLevel.Warning));
    }

    [Fact]
    public async Task S07_A_disconnect_stops_the_running_command_and_the_connection_is_reused()
    {
        var seen = new TaskCompletionSource<Exception>();
        var site = await StartAsync(
            app =>
            {
                app.MapPost("/endless", (DbSession session) => SeeAsync(() => session.RunAsync(EndlessQuery), seen));
                app.MapPost("/next", async (DbSession session) => await session.RunAsync(GoodInsert));
            },
            static options => options.PoolSize = 1);
        using var socket = await RawSocket.SendAsync(site.Address, "POST", "/endless", Token);
        await UntilAsync(() => IsRunningAsync(site), "the query ran");

        socket.HangUp();

        Assert.IsType<OperationCanceledException>(await seen.Task.WaitAsync(Patience, Token), exactMatch: false);
        await NothingHeldAsync(site.Engine);
        Assert.Equal(HttpStatusCode.OK, (await site.Client.PostAsync("/next", null, Token)).StatusCode);
        Assert.Equal(1, await CountAsync("users"));
        Assert.Empty(site.Log.Of(LogLevel.Warning));
    }

    [Fact]
    public async Task S07_A_disconnect_before_the_rows_were_written_is_not_logged_as_a_mistake()
    {
        var (began, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        var site = await StartAsync(app => app.MapGet(
            "/", (HttpContext context, DbSession session) => RowsAsync(context, session)));
        using var socket = await RawSocket.SendAsync(site.Address, "GET", "/", Token);
        await began.Task.WaitAsync(Patience, Token);

        socket.HangUp();

        await ended.Task.WaitAsync(Patience, Token);
        await NothingHeldAsync(site.Engine);
        Assert.Empty(site.Log.Of(LogLevel.Warning));

        async IAsyncEnumerable<int> RowsAsync(HttpContext context, DbSession session)
        {
            context.Response.OnCompleted(() => Task.FromResult(ended.TrySetResult()));
            began.SetResult();
            var left = new TaskCompletionSource();
            await using var registration = context.RequestAborted.Register(left.SetResult);
            await left.Task;
            await session.RunAsync(GoodInsert);   // the first statement commits what was before, and nobody is there to be told
            yield return 1;
        }
    }

    [Fact]
    public async Task S07_A_disconnect_while_reading_has_no_effect()
    {
        var seen = new TaskCompletionSource<Exception>();
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            await SeeAsync(
                async () =>
                {
                    while (true)
                    {
                        await context.Response.Body.WriteAsync(new byte[64 * 1024], context.RequestAborted);
                    }
                },
                seen);
        }));
        using var socket = await RawSocket.SendAsync(site.Address, "POST", "/", Token, receiveBuffer: 4096);
        await socket.ReadSomeAsync(Token);

        socket.HangUp();

        Assert.IsType<OperationCanceledException>(await seen.Task.WaitAsync(Patience, Token), exactMatch: false);
        Assert.Equal((1, 0), (await CountAsync("users"), site.Engine.GetSnapshot().InUse));
        Assert.Empty(site.Log.Of(LogLevel.Warning));
    }

    [Fact]
    public async Task S07_A_disconnect_is_not_an_error_and_counts_as_499()
    {
        var status = new TaskCompletionSource<int>();
        var arrived = new TaskCompletionSource();
        var site = await StartAsync(new SitePlan
        {
            Outside = app => app.Use(async (context, next) =>
            {
                try
                {
                    await next(context);
                }
                finally
                {
                    status.SetResult(context.Response.StatusCode);
                }
            }),
            Map = app => app.MapPost("/", async (DbSession session, CancellationToken token) =>
            {
                await session.RunAsync(GoodInsert, token);
                arrived.SetResult();
                await Task.Delay(Timeout.Infinite, token);
            }),
        });
        using var socket = await RawSocket.SendAsync(site.Address, "POST", "/", Token);
        await arrived.Task.WaitAsync(Patience, Token);

        socket.HangUp();

        Assert.Equal(StatusCodes.Status499ClientClosedRequest, await status.Task.WaitAsync(Patience, Token));
        await NothingHeldAsync(site.Engine);
        Assert.Empty(site.Log.Of(LogLevel.Warning));
        Assert.Equal(0, await CountAsync("users"));
    }

    [Fact]
    public async Task G06_A_thousand_requests_on_five_connections_with_random_disconnects_leak_nothing()
    {
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync(GoodInsert, context.RequestAborted);
            await session.ScalarAsync("select count(*) from users", context.RequestAborted);
            await context.Response.Body.WriteAsync(new byte[100_000], context.RequestAborted);
        }), static options => options.QueueTarget = Timeout.InfiniteTimeSpan);   // it is about departures, not about overload
        var (answered, left) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, 1_000).Select(i => Task.Run(() => RequestAsync(new Random(i)), Token)));

        await NothingHeldAsync(site.Engine);
        var snapshot = site.Engine.GetSnapshot();
        Assert.Equal((1_000, snapshot.Commits), (answered + left, await CountAsync("users")));
        Assert.InRange(left, 20, 600);
        Assert.InRange(snapshot.Commits, answered, 1_000);
        Assert.Empty(site.Log.Of(LogLevel.Error));
        Assert.Equal(HttpStatusCode.OK, (await site.Client.PostAsync("/", null, Token)).StatusCode);

        async Task RequestAsync(Random random)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
            if (random.Next(2) == 0)
            {
                patience.CancelAfter(random.Next(0, 300));   // when it hits is the point; whether it does is counted
            }

            try
            {
                var answer = await site.Client.PostAsync("/", null, patience.Token);
                Assert.True(answer.StatusCode == HttpStatusCode.OK, string.Join("\n", site.Errors.Take(2)));
                Interlocked.Increment(ref answered);
            }
            catch (OperationCanceledException) when (!Token.IsCancellationRequested)
            {
                Interlocked.Increment(ref left);
            }
        }
    }

    /// <summary>Looks whether <see cref="EndlessQuery"/> runs.</summary>
    protected abstract Task<bool> IsRunningAsync(TestSite site);

    /// <summary>Lets a test see what an endpoint saw.</summary>
    private static async Task SeeAsync(Func<Task> work, TaskCompletionSource<Exception> seen)
    {
        try
        {
            await work();
        }
        catch (Exception error)
        {
            seen.SetResult(error);
            throw;
        }
    }
}
