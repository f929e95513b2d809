using Microsoft.Extensions.Time.Testing;
using Millpond.AspNetCore.LivePage;
using Xunit;

namespace Millpond.Tests.LivePage;

public sealed class LiveViewerTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_viewer_that_does_not_take_an_event_for_ten_seconds_is_dropped()
    {
        var aborted = 0;
        var viewer = new LiveViewer(_time, () => aborted++);
        viewer.Send("one");
        await viewer.NextAsync(TestContext.Current.CancellationToken);   // it is being written from here on

        _time.Advance(TimeSpan.FromSeconds(10));
        viewer.AbortIfStalled();
        Assert.Equal(0, aborted);
        _time.Advance(TimeSpan.FromSeconds(1));
        viewer.AbortIfStalled();
        Assert.Equal(1, aborted);
    }

    [Fact]
    public async Task A_viewer_that_waits_for_events_is_not()
    {
        var aborted = 0;
        var viewer = new LiveViewer(_time, () => aborted++);
        var next = viewer.NextAsync(TestContext.Current.CancellationToken);

        _time.Advance(TimeSpan.FromMinutes(5));
        viewer.AbortIfStalled();
        viewer.Send("one");

        Assert.Equal(("one", 0), (await next, aborted));
    }

    [Fact]
    public async Task For_a_slow_viewer_only_the_newest_events_are_kept()
    {
        var viewer = new LiveViewer(_time, static () => { });
        foreach (var i in Enumerable.Range(0, 1000))
        {
            viewer.Send($"{i}");
        }

        viewer.End();

        var kept = new List<string>();
        while (await viewer.NextAsync(TestContext.Current.CancellationToken) is { } one)
        {
            kept.Add(one);
        }

        Assert.Equal(["996", "997", "998", "999"], kept);
    }
}
