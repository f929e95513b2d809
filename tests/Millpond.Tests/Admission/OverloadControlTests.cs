using Microsoft.Extensions.Time.Testing;
using Millpond.Admission;
using Xunit;

namespace Millpond.Tests.Admission;

/// <summary>Whom the policy lets in, serves next and turns away.</summary>
public sealed class OverloadControlTests
{
    private static readonly TimeSpan Hold = TimeSpan.FromMilliseconds(20);

    private static readonly AdmissionSettings Settings = new(TimeSpan.FromMilliseconds(25), 1_000);

    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(499, 1_000, true)]    // 500 x 20 ms / 10 permits = 1 s
    [InlineData(500, 1_000, false)]
    public void G03_A_caller_whose_expected_wait_exceeds_its_deadline_is_rejected_immediately(int waiting, int left, bool queues)
    {
        var arrival = Control(Settings with { QueueTarget = Timeout.InfiniteTimeSpan }).Arrive(Load(waiting), In(left));
        Assert.Equal(queues ? new Arrival(ArrivalVerdict.Queue)
            : new Arrival(ArrivalVerdict.TooLong, TimeSpan.FromMilliseconds(left)), arrival);
    }

    [Fact]
    public void G03_A_deadline_that_covers_the_work_includes_the_hold_time()
    {
        var control = Control(Settings with { QueueTarget = Timeout.InfiniteTimeSpan });
        var covers = Deadline.After(TimeSpan.FromMilliseconds(1_000), _time, coversHold: true);
        Assert.Equal(ArrivalVerdict.Queue, control.Arrive(Load(489), covers).Verdict);   // 980 ms and 20 of work
        Assert.Equal(new Arrival(ArrivalVerdict.TooLong, TimeSpan.FromMilliseconds(980)), control.Arrive(Load(490), covers));
        var late = Deadline.After(TimeSpan.FromMilliseconds(10), _time, coversHold: true);
        Assert.Equal(new Arrival(ArrivalVerdict.TooLong), control.Arrive(Load(0), late));
    }

    [Fact]
    public void G03_No_caller_is_rejected_by_a_guess()
    {
        var unknown = Load(900) with { KnowsHold = false };
        Assert.Equal(ArrivalVerdict.Queue, Control(Settings).Arrive(unknown, In(1)).Verdict);
    }

    [Theory]
    [InlineData(249, 1_000, true)]
    [InlineData(250, 1_000, false)]
    [InlineData(49, 200, true)]
    [InlineData(50, 200, false)]
    public void G03_A_caller_whose_wait_would_exceed_the_burst_limit_is_rejected(int waiting, int left, bool queues)
    {
        var arrival = Control(Settings).Arrive(Load(waiting), In(left));
        Assert.Equal(queues ? new Arrival(ArrivalVerdict.Queue)
            : new Arrival(ArrivalVerdict.TooLong, TimeSpan.FromMilliseconds(left / 2)), arrival);
    }

    [Fact]
    public void G03_Without_a_target_only_the_deadline_and_the_queue_length_count()
    {
        var control = Control(Settings with { QueueTarget = Timeout.InfiniteTimeSpan });
        Assert.Equal(ArrivalVerdict.Queue, control.Arrive(Load(499), In(1_000)).Verdict);
        Assert.Equal(ArrivalVerdict.TooLong, control.Arrive(Load(500), In(1_000)).Verdict);
        Overload(control);
        Assert.False(control.IsOverload);
    }

    [Fact]
    public void G03_A_full_queue_accepts_no_caller()
    {
        var control = Control(Settings);
        Assert.Equal(ArrivalVerdict.Queue, control.Arrive(Load(999), In(60_000)).Verdict);
        Assert.Equal(new Arrival(ArrivalVerdict.QueueFull), control.Arrive(Load(1_000), In(60_000)));
    }

    [Fact]
    public void G04_In_overload_the_newest_is_served_first()
    {
        var control = Control(Settings);
        LinkedList<GateWaiter> queue = [];
        using var gate = new SessionGate("bank", 1, _time);
        var (first, last) = (new GateWaiter(gate), new GateWaiter(gate));
        queue.AddLast(first.Node);
        queue.AddLast(last.Node);
        Assert.Same(first, control.Next(queue));
        Overload(control);
        Assert.True(control.IsOverload);
        Assert.Same(last, control.Next(queue));
    }

    [Fact]
    public void G04_In_overload_an_arrival_replaces_the_oldest_waiter_beyond_twice_the_target()
    {
        var control = Control(Settings);
        Overload(control);
        Assert.Equal(ArrivalVerdict.Queue, control.Arrive(Load(24), In(1_000)).Verdict);   // 25 x 2 ms = 50 ms
        Assert.Equal(ArrivalVerdict.QueueForOldest, control.Arrive(Load(25), In(1_000)).Verdict);
        Assert.Equal(ArrivalVerdict.Queue, control.Arrive(Load(0) with { Hold = 5 * Hold, Permits = 1 }, In(1_000)).Verdict);
        var few = Control(Settings with { MaxQueue = 5 });
        Overload(few);
        Assert.Equal(ArrivalVerdict.Queue, few.Arrive(Load(4), In(1_000)).Verdict);
        Assert.Equal(ArrivalVerdict.QueueForOldest, few.Arrive(Load(5), In(1_000)).Verdict);
    }

    [Fact]
    public void G04_In_overload_waiters_beyond_twice_the_target_are_rejected()
    {
        var control = Control(Settings);
        LinkedList<GateWaiter> queue = [];
        using var gate = new SessionGate("bank", 1, _time);
        var oldest = _time.GetTimestamp();
        foreach (var waited in new[] { 52, 51, 50, 1 })
        {
            var waiter = new GateWaiter(gate);
            var came = oldest + ((52 - waited) * _time.TimestampFrequency / 1_000);
            waiter.Arm(came, null, In(1_000), TestContext.Current.CancellationToken);
            queue.AddLast(waiter.Node);
        }

        Assert.Equal(0, control.Shed(queue, Load(4)));   // no overload, so none is rejected
        Overload(control, at: oldest + (52 * _time.TimestampFrequency / 1_000));
        Assert.Equal(2, control.Shed(queue, Load(4)));
    }

    [Fact]
    public void G04_It_is_overload_only_while_the_wait_matters_to_new_callers()
    {
        var control = Control(Settings);
        Overload(control, left: 60_000);   // half a minute and more: a quarter of a second is nothing
        Assert.False(control.IsOverload);
    }

    [Theory]
    [InlineData(25, false)]
    [InlineData(26, true)]
    public void G04_Overload_lasts_while_waiters_beyond_the_target_give_up(int waited, bool isOverload)
    {
        var control = Control(Settings);
        for (var tick = 0; tick <= 100; tick++)
        {
            var load = Load(100);
            control.Served(TimeSpan.FromMilliseconds(30), load);
            control.Arrive(load, In(60_000));
            control.Arrive(load, In(60_000));
            control.GaveUp(TimeSpan.FromMilliseconds(waited), load);
            _time.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.Equal(isOverload, control.IsOverload);
    }

    [Fact]
    public void G04_Long_holds_have_a_longer_target_and_a_longer_interval()
    {
        var control = Control(Settings);
        var slow = Load(4) with { Hold = TimeSpan.FromSeconds(1), OldestWait = TimeSpan.FromMilliseconds(500) };
        for (var second = 0; second < 30; second++)
        {
            control.Served(TimeSpan.FromMilliseconds(500), slow with { Now = _time.GetTimestamp() });   // half a hold: not long
            control.Arrive(slow with { Now = _time.GetTimestamp() }, In(1_000));
            control.Arrive(slow with { Now = _time.GetTimestamp() }, In(1_000));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.False(control.IsOverload);
        for (var second = 0; second <= 10; second++)
        {
            Assert.False(control.IsOverload, $"after {second} s");   // ten holds, not one second
            control.Served(TimeSpan.FromMilliseconds(501), slow with { Now = _time.GetTimestamp() });
            control.Arrive(slow with { Now = _time.GetTimestamp() }, In(2_000));
            control.Arrive(slow with { Now = _time.GetTimestamp() }, In(2_000));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        control.Served(TimeSpan.FromMilliseconds(501), slow with { Now = _time.GetTimestamp() });
        Assert.True(control.IsOverload);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void G04_Overload_ends_after_an_interval_without_waiters(bool byArrival)
    {
        var control = Control(Settings);
        Overload(control);
        _time.Advance(TimeSpan.FromSeconds(0.9));
        control.Served(TimeSpan.FromSeconds(1), Load(1));
        Assert.True(control.IsOverload);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        if (byArrival)
        {
            control.Arrive(Load(0), In(1_000));
        }
        else
        {
            control.Served(TimeSpan.FromSeconds(1), Load(0));   // the last of them: nobody waits
        }

        Assert.False(control.IsOverload);
    }

    [Theory]
    [InlineData("nobody", false)]
    [InlineData("one who came", true)]
    [InlineData("one who waited", true)]
    public void G04_Overload_lasts_while_callers_are_rejected(string whom, bool isOverload)
    {
        var control = Control(Settings);
        LinkedList<GateWaiter> queue = [];
        using var gate = new SessionGate("bank", 1, _time);
        var waiter = new GateWaiter(gate);
        Overload(control);
        waiter.Arm(_time.GetTimestamp(), null, In(1_000), TestContext.Current.CancellationToken);
        queue.AddLast(waiter.Node);
        _time.Advance(TimeSpan.FromSeconds(0.9));
        if (whom == "one who came")
        {
            Assert.Equal(ArrivalVerdict.QueueForOldest, control.Arrive(Load(25), In(1_000)).Verdict);
        }
        else if (whom == "one who waited")
        {
            Assert.Equal(1, control.Shed(queue, Load(1)));
        }
        else
        {
            Assert.Equal(0, control.Shed([], Load(1)));
        }

        _time.Advance(TimeSpan.FromSeconds(0.2));
        control.Arrive(Load(0), In(1_000));
        Assert.Equal(isOverload, control.IsOverload);
    }

    [Theory]
    [InlineData(0, 1_000, 1_000, false)]
    [InlineData(100, 1, 1_000, true)]      // its own deadline
    [InlineData(300, 1_000, 1_000, true)]  // the burst limit
    [InlineData(5, 1_000, 5, true)]        // the queue's length
    public void G04_A_rejection_while_all_waits_are_long_is_overload(
        int waiting, int left, int mostWaiting, bool isOverload)
    {
        var control = Control(Settings with { MaxQueue = mostWaiting });
        for (var tick = 0; tick <= 100; tick++)
        {
            control.Served(TimeSpan.FromMilliseconds(30), Load(1));   // as many as come, and few
            if (tick == 50 && waiting > 0)
            {
                Assert.NotEqual(ArrivalVerdict.Queue, control.Arrive(Load(waiting), In(left)).Verdict);
            }

            _time.Advance(TimeSpan.FromMilliseconds(10));
        }

        control.Served(TimeSpan.FromMilliseconds(30), Load(1));
        Assert.Equal(isOverload, control.IsOverload);
    }

    [Fact]
    public void G04_The_tick_notices_that_nobody_was_served_for_long()
    {
        var control = Control(Settings);
        Assert.Equal(TimeSpan.FromMilliseconds(10), control.Tick);
        LinkedList<GateWaiter> queue = [];
        var stalled = Load(100) with { OldestWait = TimeSpan.FromMilliseconds(26) };
        for (var tick = 0; tick <= 100; tick++)
        {
            Assert.False(control.IsOverload, $"after {tick} ticks");
            control.Arrive(stalled with { Now = _time.GetTimestamp() }, In(1_000));
            control.Shed(queue, stalled with { Now = _time.GetTimestamp() });
            _time.Advance(control.Tick);
        }

        Assert.True(control.IsOverload);
    }

    /// <summary>Simulates long waits and twice the capacity for an interval.</summary>
    private void Overload(OverloadControl control, int left = 1_000, long? at = null)
    {
        for (var tick = 0; tick <= 100; tick++)
        {
            var load = Load(100);
            control.Served(TimeSpan.FromMilliseconds(30), load);
            control.Arrive(load, In(left));
            control.Arrive(load, In(left));
            _time.Advance(TimeSpan.FromMilliseconds(10));
        }

        if (at is { } moment)
        {
            _now = moment;
        }
    }

    private long? _now;

    private OverloadControl Control(AdmissionSettings settings) => new(settings, _time);

    private GateLoad Load(int waiting) => new()
    {
        Now = _now ?? _time.GetTimestamp(),
        Permits = 10,
        Waiting = waiting,
        OldestWait = TimeSpan.Zero,
        Hold = Hold,
        KnowsHold = true,
    };

    private Deadline In(int milliseconds) => Deadline.After(TimeSpan.FromMilliseconds(milliseconds), _time);
}
