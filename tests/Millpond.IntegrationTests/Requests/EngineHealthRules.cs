using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>The health check of an engine.</summary>
public abstract class EngineHealthRules(RequestDatabase database) : RequestTestBase(database)
{
    private HealthReportEntry _entry;

    [Fact]
    public async Task A_reachable_database_is_healthy_and_shows_its_numbers()
    {
        var site = await StartHealthAsync();

        await site.Client.GetAsync("/health", Token);

        Assert.Equal((HealthStatus.Healthy, 1, 0), (_entry.Status, _entry.Data["permits"], _entry.Data["waiting"]));
        Assert.Equal(["ready"], _entry.Tags);
    }

    [Fact]
    public async Task A_queue_is_degraded_and_the_probe_does_not_wait_in_it()
    {
        var release = new TaskCompletionSource();
        var site = await StartHealthAsync(release);
        var holding = site.Client.PostAsync("/hold", null, Token);
        await UntilAsync(() => site.Engine.GetSnapshot().InUse == 1, "the connection was taken");
        var waiting = site.Client.GetAsync("/read", Token);
        await UntilAsync(() => site.Engine.GetSnapshot() is { InUse: 1, Waiting: 1 }, "there was a queue");

        await site.Client.GetAsync("/health", Token);
        var busy = _entry;
        release.SetResult();
        await Task.WhenAll(holding, waiting);

        Assert.Equal(HealthStatus.Degraded, busy.Status);
        Assert.StartsWith("Busy: 1 of 1 connections in use, ", busy.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_engine_that_shuts_down_is_unhealthy()
    {
        var site = await StartHealthAsync();
        await site.Engine.DrainAsync(TimeSpan.Zero, Token);

        await site.Client.GetAsync("/health", Token);

        Assert.Equal((HealthStatus.Unhealthy, "The engine is shutting down."), (_entry.Status, _entry.Description));
    }

    [Fact]
    public async Task An_unreachable_database_is_unhealthy()
    {
        var site = await StartHealthAsync(nowhere: true);

        await site.Client.GetAsync("/health", Token);

        Assert.Equal(HealthStatus.Unhealthy, _entry.Status);
        Assert.NotNull(_entry.Exception);
    }

    /// <summary>Gets where there is no database.</summary>
    protected abstract string Nowhere { get; }

    private Task<TestSite> StartHealthAsync(TaskCompletionSource? release = null, bool nowhere = false) => StartAsync(new SitePlan
    {
        Engine = options =>
        {
            options.PoolSize = 1;
            options.ConnectionString = nowhere ? Nowhere : options.ConnectionString;
        },
        Services = static services => services.AddHealthChecks().AddMillpond(tags: ["ready"]),
        Map = app =>
        {
            app.MapPost("/hold", async (DbSession session) =>
            {
                await session.RunAsync(GoodInsert);
                await (release?.Task ?? Task.CompletedTask);
            });
            app.MapGet("/read", async (DbSession session) => await session.ScalarAsync("select 1"));
            app.MapHealthChecks("/health", new HealthCheckOptions
            {
                ResponseWriter = (HttpContext context, HealthReport report) =>
                {
                    _entry = report.Entries["millpond"];
                    return Task.CompletedTask;
                },
            });
        },
    });
}
