using Microsoft.Extensions.Time.Testing;
using Millpond.Admission;
using Xunit;

namespace Millpond.Tests.Admission;

/// <summary>What counts as more demand than can be served, step by step.</summary>
public sealed class QueueDelayTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Target = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(26);

    private readonly FakeTimeProvider _time = new();
    private readonly QueueDelay _delay;

    public QueueDelayTests() => _delay = new QueueDelay(_time);

    [Theory]
    [InlineData(111, 100, true)]
    [InlineData(110, 100, false)]   // chance alone
    [InlineData(100, 100, false)]
    public void G04_Long_waits_are_overload_if_clearly_more_callers_arrived_in_the_second_half_than_were_served(
        int came, int served, bool isOverload)
    {
        FirstHalf(came: 10_000, served: 1);   // a burst, long ago by then
        SecondHalf(came, served);
        Assert.Equal(isOverload, Judge());
    }

    [Fact]
    public void G04_Nothing_is_decided_before_an_interval_has_elapsed()
    {
        FirstHalf(came: 100, served: 1);
        Come(100);
        Pass(0.499);
        Assert.False(Judge());
        Pass(0.001);
        Assert.True(Judge());
    }

    [Fact]
    public void G04_The_second_half_begins_once()
    {
        FirstHalf(came: 0, served: 1);
        Come(100);
        Pass(0.2);
        Assert.False(Judge());
        Pass(0.3);
        Assert.True(Judge());   // those hundred still count
    }

    [Fact]
    public void G04_A_single_short_wait_ends_the_interval()
    {
        FirstHalf(came: 100, served: 1);
        _delay.NoteServed(Target, Target, Now);
        FirstHalf(came: 100, served: 1);
        Assert.False(Judge());
        SecondHalf(came: 100, served: 1);
        Assert.True(Judge());   // a whole one since then
    }

    [Fact]
    public void G04_Waits_that_do_not_matter_are_not_overload()
    {
        FirstHalf(came: 100, served: 1);
        SecondHalf(came: 100, served: 1);
        Assert.False(Judge(matters: false));
        FirstHalf(came: 100, served: 1);   // and the next interval has begun
        Assert.False(Judge());
        SecondHalf(came: 100, served: 1);
        Assert.True(Judge());
    }

    [Fact]
    public void G04_A_waiter_that_gave_up_shows_that_the_wait_matters()
    {
        _delay.NoteGaveUp();   // before the waits were long
        FirstHalf(came: 100, served: 1);
        SecondHalf(came: 100, served: 1);
        Assert.False(Judge(matters: false));
        FirstHalf(came: 100, served: 1);
        _delay.NoteGaveUp();
        SecondHalf(came: 110, served: 100);
        Assert.False(Judge(matters: false));   // as many are served as come
        FirstHalf(came: 100, served: 1);
        _delay.NoteGaveUp();
        SecondHalf(came: 111, served: 100);
        Assert.True(Judge(matters: false));
    }

    [Fact]
    public void G04_A_necessary_rejection_is_overload_whatever_the_arrivals()
    {
        FirstHalf(came: 0, served: 10);
        _delay.NoteRefused();
        SecondHalf(came: 0, served: 10);
        Assert.True(Judge(matters: false));
    }

    [Fact]
    public void G04_A_rejection_before_the_long_waits_is_forgotten()
    {
        _delay.NoteRefused();
        FirstHalf(came: 0, served: 10);
        SecondHalf(came: 0, served: 10);
        Assert.False(Judge());
    }

    [Fact]
    public void G04_Waits_count_as_long_even_if_nobody_is_served()
    {
        _delay.NoteLong(Now);
        Pass(0.5);
        Assert.False(Judge());
        Come(1);
        Pass(0.5);
        _delay.NoteLong(Now);   // not another beginning
        Assert.True(Judge());
    }

    [Fact]
    public void G04_Overload_ends_after_an_interval_without_rejections_and_with_a_recent_short_wait()
    {
        Overload();
        Pass(0.5);
        _delay.NoteShed(Now);
        Pass(0.999);
        _delay.NoteServed(TimeSpan.Zero, Target, Now);
        Assert.True(Judge());   // a caller was rejected less than an interval ago
        Pass(0.001);
        Assert.False(Judge());
    }

    [Fact]
    public void G04_Overload_lasts_while_all_waits_are_long_or_the_last_short_one_is_long_ago()
    {
        Overload();
        Pass(5);
        Assert.True(Judge());   // no short wait since it began
        _delay.NoteServed(Target, Target, Now);
        Pass(1.001);
        Assert.True(Judge());   // too long ago
        _delay.NoteServed(Target, Target, Now);
        Pass(1);
        Assert.False(Judge());
    }

    private long Now => _time.GetTimestamp();

    private void Overload()
    {
        FirstHalf(came: 100, served: 1);
        SecondHalf(came: 100, served: 1);
        Assert.True(Judge());
    }

    private void FirstHalf(int came, int served)
    {
        SecondHalf(came, served);
        _delay.Evaluate(Interval, Now, matters: false);
    }

    private void SecondHalf(int came, int served)
    {
        for (var one = 0; one < served; one++)
        {
            _delay.NoteServed(Long, Target, Now);
        }

        Come(came);
        Pass(0.5);
    }

    private void Come(int came)
    {
        for (var one = 0; one < came; one++)
        {
            _delay.NoteArrival();
        }
    }

    private bool Judge(bool matters = true)
    {
        _delay.Evaluate(Interval, Now, matters);
        return _delay.IsOverload;
    }

    private void Pass(double seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));
}
