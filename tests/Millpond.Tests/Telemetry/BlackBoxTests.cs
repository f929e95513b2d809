using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Millpond.Admission;
using Millpond.Telemetry.Events;
using Xunit;

namespace Millpond.Tests.Telemetry;

public sealed class BlackBoxTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G23_A_black_box_fed_back_through_the_gate_under_virtual_time_reproduces_the_timeouts()
    {
        var recorded = await RecordAsync();
        var restored = JsonSerializer.Deserialize<BlackBoxSnapshot>(JsonSerializer.Serialize(recorded))!;
        Assert.Equal(recorded.Events, restored.Events);

        var replayed = await ReplayAsync(restored);

        Assert.Equal(Outcomes(recorded), replayed);
        Assert.Contains("3 TimedOut", replayed);
    }

    [Fact]
    public void G23_The_box_keeps_the_first_rejection_of_an_incident_and_the_last_4096_events()
    {
        var time = new FakeTimeProvider();
        var box = new BlackBox(time);
        for (var i = 0; i < 5_000; i++)
        {
            box.Note(GateEventKind.Entered, session: i);
        }

        box.Note(GateEventKind.Rejected);
        var first = box.Latest!;
        Assert.Equal(4_096, first.Events.Count);
        Assert.Equal((905, GateEventKind.Rejected), (first.Events[0].SessionId, first.Events[^1].Kind));

        time.Advance(TimeSpan.FromSeconds(59));
        box.Note(GateEventKind.TimedOut);
        Assert.Same(first, box.Latest);

        time.Advance(TimeSpan.FromSeconds(61));
        box.Note(GateEventKind.TimedOut);
        Assert.Equal(GateEventKind.TimedOut, box.Latest!.Reason);
    }

    [Fact]
    public async Task G23_Events_are_not_torn_by_writers_that_overtake_the_reader()
    {
        var box = new BlackBox(TimeProvider.System);
        using var end = new CancellationTokenSource();
        var writers = Enumerable.Range(1, 3).Select(writer => Task.Run(
            () =>
            {
                while (!end.IsCancellationRequested)
                {
                    box.Note(GateEventKind.Queued, writer, TimeSpan.FromTicks(writer));
                }
            },
            Token)).ToArray();
        for (var i = 0; i < 200; i++)
        {
            Assert.All(box.Read(), one => Assert.Equal(one.SessionId, one.Limit.Ticks));
        }

        await end.CancelAsync();
        await Task.WhenAll(writers);
    }

    /// <summary>Two permits, five sessions: two hold them for 8 s, two wait for 2 s, one for 5 s; then one is served.</summary>
    private static async Task<BlackBoxSnapshot> RecordAsync()
    {
        var time = new FakeTimeProvider();
        var box = new BlackBox(time);
        using var gate = new SessionGate("bank", 2, time) { Recorder = box };
        var held = await gate.EnterAsync(In(1, time), new Caller(1), Token);
        var other = await gate.EnterAsync(In(1, time), new Caller(2), Token);
        List<Task<Permit>> waiting = [];
        foreach (var (id, seconds) in new[] { (3, 2), (4, 2), (5, 5), (6, 20) })
        {
            waiting.Add(gate.EnterAsync(In(seconds, time), new Caller(id), Token).AsTask());
            time.Advance(TimeSpan.FromMilliseconds(10));
        }

        time.Advance(TimeSpan.FromSeconds(2));
        time.Advance(TimeSpan.FromSeconds(5));
        held.Release();
        await Assert.ThrowsAsync<PoolTimeoutException>(() => waiting[0]);
        (await waiting[3]).Release();
        other.Release();
        return new BlackBoxSnapshot { EngineName = "bank", Permits = 2, Events = box.Read() };
    }

    private static async Task<List<string>> ReplayAsync(BlackBoxSnapshot recorded)
    {
        var time = new FakeTimeProvider();
        var box = new BlackBox(time);
        using var gate = new SessionGate("replay", recorded.Permits, time) { Recorder = box };
        ConcurrentQueue<Permit> held = new();
        for (var i = 0; i < recorded.InUseAtStart; i++)
        {
            held.Enqueue(await gate.EnterAsync(In(1, time), null, Token));
        }

        List<Task> waiting = [];
        var now = TimeSpan.Zero;
        foreach (var one in recorded.Events)
        {
            time.Advance(one.At - now);
            now = one.At;
            switch (one.Kind)
            {
                case GateEventKind.Entered:
                    held.Enqueue(await gate.EnterAsync(In(1, time), null, Token));
                    break;
                case GateEventKind.Queued:
                    waiting.Add(WaitAsync(gate.EnterAsync(Deadline.After(one.Limit, time), new Caller(one.SessionId), Token)));
                    break;
                case GateEventKind.Released:
                    Permit permit;
                    while (!held.TryDequeue(out permit))
                    {
                        await Task.Yield();   // a session that was granted it resumes on another thread
                    }

                    permit.Release();
                    break;
            }
        }

        await Task.WhenAll(waiting);
        return Outcomes(new BlackBoxSnapshot { EngineName = "", Events = box.Read() });

        async Task WaitAsync(ValueTask<Permit> entering)
        {
            try
            {
                held.Enqueue(await entering);
            }
            catch (PoolTimeoutException)
            {
                // the outcome to reproduce
            }
        }
    }

    private static List<string> Outcomes(BlackBoxSnapshot box) =>
    [
        .. box.Events.Where(one => one.Kind is GateEventKind.TimedOut or GateEventKind.Rejected or GateEventKind.Granted)
            .GroupBy(one => one.Kind).Select(group => $"{group.Count()} {group.Key}").Order(StringComparer.Ordinal),
    ];

    private static Deadline In(double seconds, TimeProvider time) => Deadline.After(TimeSpan.FromSeconds(seconds), time);

    private sealed record Caller(long Id) : IRecordedCaller;
}
