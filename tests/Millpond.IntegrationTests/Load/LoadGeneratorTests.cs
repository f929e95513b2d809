using Microsoft.AspNetCore.Http;
using Millpond.Load.Generation;
using Millpond.Load.Outcomes;
using Millpond.Load.Reports;
using Xunit;

namespace Millpond.IntegrationTests.Load;

/// <summary>The load generator against a real server: does it tell what its users would have felt?</summary>
public sealed class LoadGeneratorTests
{
    private const int Stalled = 100;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stall_of_one_second_shows_in_p99_of_an_open_loop()
    {
        await using var site = await StallOnceAsync();

        var report = await site.RunAsync(new LoadPlan { Rate = 100, Duration = 3 * Second }, Stop);

        // 100 of the 300 arrive while it stands still, and wait for what is left of the second.
        Assert.Equal(300, report.Count(OutcomeKind.Done));
        Assert.InRange(report.Latency.P99, 900, 5_000);
        Assert.InRange(report.Latency.P50, 0, 500);
    }

    [Fact]
    public async Task The_same_stall_does_not_show_in_a_closed_loop()
    {
        await using var site = await StallOnceAsync();

        var report = await site.RunAsync(new LoadPlan { Clients = 1, Requests = 500 }, Stop);

        Assert.Equal((500, null), (report.Count(OutcomeKind.Done), report.Lag));
        Assert.InRange(report.Latency.P99, 0, 500);
        Assert.InRange(report.Latency.Max, 900, 5_000);
    }

    [Fact]
    public async Task Arrivals_follow_the_schedule_if_the_server_is_slower()
    {
        using var one = new SemaphoreSlim(1);
        await using var site = await LoadSite.StartAsync(async (context, _) =>
        {
            await one.WaitAsync(context.RequestAborted);
            try
            {
                await Task.Delay(200, context.RequestAborted);   // five a second
            }
            finally
            {
                one.Release();
            }
        });

        var report = await site.RunAsync(
            new LoadPlan { Rate = 50, Duration = Second, Deadline = 2 * Second, Patience = 30 * Second }, Stop);

        Assert.Equal((50, 0), (report.Sent, report.NotSent));
        Assert.InRange(site.MostInside, 25, 50);   // a loop that waits for answers would never have more than one there
        Assert.InRange(report.Count(OutcomeKind.Done), 1, 20);
        Assert.Equal(50, report.Count(OutcomeKind.Done) + Find(report, Outcome.Deadline).Count);
        Assert.InRange(Find(report, Outcome.Deadline).Latency.P50, 1_990, 10_000);
    }

    [Fact]
    public async Task Every_outcome_is_counted_by_name_and_they_add_up()
    {
        await using var site = await LoadSite.StartAsync(async (context, number) =>
        {
            switch (number % 4)
            {
                case 0:
                    context.Abort();
                    break;
                case 1:
                    context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                    context.Response.ContentType = "application/problem+json";
                    await context.Response.WriteAsync("""{"status":503,"code":"MILL1001"}""");
                    break;
                case 2:
                    context.Response.StatusCode = StatusCodes.Status201Created;
                    break;
                default:
                    await Task.Delay(Timeout.Infinite, context.RequestAborted);
                    break;
            }
        });

        var report = await site.RunAsync(new LoadPlan { Rate = 100, Requests = 40, Deadline = 2 * Second }, Stop);

        Assert.Equal((40, 40), (report.Sent, site.Arrived));
        Assert.Equal(
            [("201 Created", 10), ("503 MILL1001", 10)],
            report.Outcomes.Take(2).Select(row => (row.Outcome.Name, row.Count)));
        Assert.Equal(10, Find(report, Outcome.Deadline).Count);
        Assert.Equal(10, report.Outcomes.Where(row => row.Outcome.Name.StartsWith("connection ", StringComparison.Ordinal))
            .Sum(row => row.Count));
        Assert.Equal(20, report.Count(OutcomeKind.Unknown));
    }

    [Fact]
    public async Task A_missing_server_refuses_every_request()
    {
        var gone = await LoadSite.StartAsync((_, _) => Task.CompletedTask);
        await gone.StopAsync();

        var report = await gone.RunAsync(new LoadPlan { Rate = 50, Requests = 10 }, Stop);

        Assert.Equal([("connection refused", 10)], report.Outcomes.Select(row => (row.Outcome.Name, row.Count)));
        await gone.DisposeAsync();
    }

    [Fact]
    public async Task A_dead_server_does_not_fill_the_memory_and_unsent_requests_are_counted()
    {
        await using var site = await LoadSite.StartAsync((context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted));

        var report = await site.RunAsync(
            new LoadPlan { Rate = 100, Requests = 50, MaxOutstanding = 8, Patience = Second }, Stop);

        Assert.Equal((8, 42), (report.Sent, report.NotSent));
        Assert.Equal((8, 42), (Find(report, Outcome.Unanswered).Count, Find(report, Outcome.NotSent).Count));
    }

    [Fact]
    public async Task An_interrupted_run_ends_immediately_and_reports_it()
    {
        using var interruption = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        await using var site = await LoadSite.StartAsync(async (context, _) =>
        {
            await interruption.CancelAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });

        var report = await site.RunAsync(new LoadPlan { Rate = 50, Duration = TimeSpan.FromHours(1) }, interruption.Token);

        Assert.True(report.Interrupted);
        Assert.InRange(report.Whole, TimeSpan.Zero, TimeSpan.FromSeconds(60));
        Assert.Equal(report.Sent, Find(report, Outcome.Unanswered).Count);
    }

    private static OutcomeRow Find(LoadReport report, Outcome outcome) =>
        Assert.Single(report.Outcomes, row => row.Outcome == outcome);

    /// <summary>At the hundredth request the whole server stands still for a second.</summary>
    private static Task<LoadSite> StallOnceAsync()
    {
        var stall = Task.CompletedTask;
        return LoadSite.StartAsync((context, number) =>
        {
            if (number == Stalled)
            {
                stall = Task.Delay(Second, CancellationToken.None);
            }

            return stall.WaitAsync(context.RequestAborted);
        });
    }
}
