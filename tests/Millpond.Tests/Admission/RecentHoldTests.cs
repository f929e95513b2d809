using Microsoft.Extensions.Time.Testing;
using Millpond.Admission;
using Xunit;

namespace Millpond.Tests.Admission;

/// <summary>What the gate knows of how long its permits are held, and of how late its callers go on.</summary>
public sealed class RecentHoldTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecentHold _hold;

    public RecentHoldTests()
    {
        _time.Advance(TimeSpan.FromSeconds(1));   // a timestamp of 0 means that no work was done
        _hold = new RecentHold(_time);
    }

    [Fact]
    public void G03_The_hold_time_is_unknown_before_the_first_release()
    {
        Assert.False(_hold.IsKnown);
        _hold.Note(0);
        _hold.NoteEnd(Now);
        Assert.False(_hold.IsKnown);
        Work(10);
        Assert.True(_hold.IsKnown);
    }

    [Fact]
    public void G03_The_first_holds_count_equally_and_then_the_newest_32_count_most()
    {
        Work(10);
        Assert.Equal(10, Mean());
        Work(30);
        Assert.Equal(20, Mean());
        Work(50);
        Assert.Equal(30, Mean());
        for (var one = 3; one < 32; one++)
        {
            Work(30);
        }

        Assert.Equal(30, Mean());
        Work(350);
        Assert.Equal(40, Mean());   // a thirty-second of the difference
        Work(360);
        Assert.Equal(50, Mean());
    }

    [Fact]
    public void G03_While_all_permits_are_out_the_time_since_the_last_release_counts()
    {
        Work(10);
        var allOut = Now;
        Pass(8);
        Assert.Equal(10, Mean(allOut));
        Pass(17);
        Assert.Equal(25, Mean(allOut));
        _hold.NoteEnd(Now);
        Pass(12);
        Assert.Equal(12, Mean(allOut));   // since one came back
        Assert.Equal(10, Mean(Now));      // since the last free one was taken
    }

    [Fact]
    public void G21_The_longest_lag_of_the_last_five_seconds_is_kept()
    {
        var lag = default(ResumeLag);
        Assert.Equal(0, Recent());
        Note(0);
        Assert.Equal(0, Recent());
        Note(20);
        Note(10);
        Assert.Equal(20, Recent());
        Pass(3_000);
        Note(20);   // seen again: it is remembered from now on
        Pass(5_000);
        Assert.Equal(20, Recent());
        Pass(1);
        Assert.Equal(0, Recent());
        Note(5);
        Assert.Equal(5, Recent());

        double Recent() => lag.Recent(Now, _time).TotalMilliseconds;
        void Note(int milliseconds) => lag.Note(TimeSpan.FromMilliseconds(milliseconds), Now, _time);
    }

    private long Now => _time.GetTimestamp();

    private void Work(int milliseconds)
    {
        var since = Now;
        Pass(milliseconds);
        _hold.Note(since);
    }

    private double Mean(long? allOutSince = null) => _hold.At(allOutSince ?? Now, Now).TotalMilliseconds;

    private void Pass(int milliseconds) => _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
}
