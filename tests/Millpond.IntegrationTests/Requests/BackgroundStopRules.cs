using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>What becomes of jobs when the host stops.</summary>
public abstract class BackgroundStopRules(RequestDatabase database) : RequestTestBase(database)
{
    [Fact]
    public async Task S12_The_shutdown_runs_queued_jobs_after_all_services_stopped_and_before_the_engine_drains()
    {
        var received = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        var site = await StartAsync(new SitePlan
        {
            Engine = static options => options.BackgroundWorkers = 1,
            ServicesBefore = static services => services.AddHostedService<AtStop>(),
            Services = static services => services.AddMillpond("second", static options => options.UseSqlite("sqlite::memory:")),
            Map = app => app.MapPost("/", async (DbSession session, BackgroundSessions background) =>
            {
                await session.RunAsync(GoodInsert);
                received.SetResult();
                await goOn.Task;
                background.Enqueue(session, static (own, token) => own.RunAsync(GoodInsert, token));
                background.Enqueue(session, static (own, token) => own.RunAsync(GoodInsert, token));
                return Results.Created();
            }),
        });
        var last = site.Client.PostAsync("/", null, Token);
        await received.Task.WaitAsync(Patience, Token);
        await using var _ = site.Lifetime.ApplicationStopping.Register(goOn.SetResult);

        var background = site.Background;
        await site.StopAsync(Token);

        Assert.Equal(HttpStatusCode.Created, (await last).StatusCode);
        Assert.Equal(4, await CountAsync("users"));   // the request's, its two jobs', and the other service's job's
        Assert.Equal((3L, 0L), (background.GetSnapshot().Completed, background.GetSnapshot().Failed));
        var refused = Assert.Throws<SessionRejectedException>(
            () => background.EnqueueNow(static (own, token) => own.RunAsync(GoodInsert, token)));
        Assert.StartsWith(
            "Engine 'default' is shutting down and accepts no new background jobs.", refused.Message, StringComparison.Ordinal);
        Assert.Empty(site.Log.Of(LogLevel.Warning));
    }

    [Fact]
    public async Task S12_Jobs_beyond_the_hosts_limit_are_cancelled_rolled_back_and_logged()
    {
        var began = new TaskCompletionSource();
        var site = await StartAsync(
            app => app.MapPost("/", async (DbSession session, BackgroundSessions background) =>
            {
                await session.ScalarAsync("select count(*) from users");
                for (var i = 0; i < 3; i++)
                {
                    background.Enqueue(session, async (own, token) =>
                    {
                        await own.RunAsync(GoodInsert, token);
                        began.TrySetResult();
                        await Task.Delay(Timeout.Infinite, token);
                    });
                }
            }),
            static options => options.BackgroundWorkers = 1);
        await site.Client.PostAsync("/", null, Token);
        await began.Task.WaitAsync(Patience, Token);

        var background = site.Background;
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await site.StopAsync(limit.Token);

        Assert.Equal(0, await CountAsync("users"));
        var left = background.GetSnapshot();
        Assert.Equal((2, 0, 1L), (left.Queued, left.Running, left.Failed));
        Assert.Contains(
            site.Log.Of(LogLevel.Warning),
            static line => line.StartsWith(
                "Engine 'default': background jobs were not done at the end of the shutdown timeout: 1 were cancelled and 2 " +
                "never began.",
                StringComparison.Ordinal));
        Assert.StartsWith(
            "Engine 'default': a background job of POST / failed",
            Assert.Single(site.Log.Of(LogLevel.Error)),
            StringComparison.Ordinal);
    }

    /// <summary>Stops after the engine would, by its place in the list, and has work for it then.</summary>
    private sealed class AtStop(IServiceProvider services) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            services.GetRequiredKeyedService<BackgroundSessions>("default")
                .EnqueueNow(static (own, token) => own.RunAsync(GoodInsert, token));
            return Task.CompletedTask;
        }
    }
}
