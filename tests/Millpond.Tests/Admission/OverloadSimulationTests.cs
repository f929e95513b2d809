using Millpond.Admission;
using Millpond.Tests.Admission.Simulation;
using Xunit;

namespace Millpond.Tests.Admission;

/// <summary>Replays the arrivals of a service through the real gate, in virtual time and with seeds, so each run is the
/// same.</summary>
public sealed class OverloadSimulationTests
{
    private static readonly AdmissionSettings Settings = new(TimeSpan.FromMilliseconds(25), 1_000);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void G05_Ten_times_the_capacity_costs_no_goodput_and_little_latency(int seed)
    {
        var unloaded = Run(new Scenario { Load = 0.2, Seed = seed });
        var result = Run(new Scenario { Load = 10, Duration = 6, Seed = seed });
        Assert.True(result.Goodput(2) >= 0.95 * 1_000, $"{result}");
        Assert.True(result.Accepted(0.99, from: 2) <= 3 * unloaded.Accepted(0.99), $"{result}; {unloaded}");
        Assert.True(result.Told(0.99, from: 1.1) <= 0.050, $"{result.Told(0.99, from: 1.1)} {result}");
        Assert.True(result.AtEnd.IsOverloaded);
    }

    [Fact]
    public void G05_Goodput_never_falls_as_the_load_grows()
    {
        var peak = 0.0;
        foreach (var load in (double[])[0.6, 0.8, 0.95, 1.2, 3, 10])
        {
            var result = Run(new Scenario { Load = load, Duration = 5 });
            var goodput = result.Goodput(2);
            Assert.True(goodput >= 0.95 * Math.Max(peak, 1_000 * Math.Min(1, load)), $"{result}");
            peak = Math.Max(peak, goodput);
        }
    }

    [Fact]
    public void G05_A_burst_that_can_be_served_in_time_loses_no_request()
    {
        var result = Run(new Scenario { Load = 0.6, Burst = 300 });
        Assert.Equal((0, 0), (result.TurnedAway, result.TurnedAwayOfBurst));
        Assert.True(result.Accepted(1) < 1, $"{result}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void G05_Full_goodput_returns_within_two_seconds_after_a_brown_out(int seed)
    {
        var result = Run(new Scenario { Load = 0.6, BrownOut = (3, 13, 20), Duration = 20, Seed = seed });
        Assert.True(result.Goodput(4, 13) >= 0.7 * 50, $"of 50/s, {result.Goodput(4, 13)}/s");
        Assert.True(result.GoodShare(15, 19) > 0.999, $"{result.GoodShare(15, 19)}");
        Assert.False(result.AtEnd.IsOverloaded);
    }

    [Fact]
    public void G03_Slow_holds_with_patient_callers_reject_nobody()
    {
        var crowd = new Scenario
        {
            Permits = 15, Hold = 1, Variation = 0, Patience = 30, PoolTimeout = 30, Load = 1e-9, Burst = 40, Duration = 20,
        };
        Assert.Equal(0, Run(crowd).TurnedAway);
        Assert.Equal(0, Run(crowd with { Variation = 1 }).TurnedAway);
    }

    [Theory]
    [InlineData(0.008)]
    [InlineData(0.020)]
    [InlineData(0.100)]
    [InlineData(1.000)]
    public void G03_Below_capacity_nobody_is_rejected_and_beyond_it_hardly_any_goodput_is_lost_with_any_holds(
        double hold)
    {
        foreach (var variation in (double[])[0, 1, 2, 4])
        {
            var duration = Math.Clamp(100 * hold, 3, 80);   // longer than the first interval, but a short test
            var scenario = new Scenario
            {
                Hold = hold, Variation = variation, Patience = Math.Max(1, 30 * hold), Load = 0.6, Duration = duration,
            };
            Assert.Equal(0, Run(scenario).TurnedAway);
            Assert.Equal(0, Run(scenario with { Load = 0.8 }).TurnedAway);
            foreach (var load in (double[])[1.2, 10])
            {
                var result = Run(scenario with { Load = load });
                Assert.True(result.Goodput(duration / 3) >= 0.9 * scenario.Capacity, $"{result}");
                Assert.True(result.TurnedAway > 0, $"{result}");
            }
        }
    }

    [Fact]
    public void G04_A_plain_queue_loses_all_goodput_and_plain_shedding_is_slower()
    {
        var scenario = new Scenario { Load = 10, Duration = 6 };
        var plain = GateSimulation.Run(scenario with { PoolTimeout = 15 }, static _ => new FirstComeFirstServed());
        var shedding = GateSimulation.Run(
            scenario, static time => new PlainCoDel(Settings.QueueTarget, time));
        var ours = Run(scenario);
        Assert.True(plain.Goodput(2) < 0.01 * scenario.Capacity, $"{plain}");
        Assert.True(shedding.Goodput(2) > 0.95 * scenario.Capacity, $"{shedding}");
        Assert.True(ours.Accepted(0.5, from: 2) < shedding.Accepted(0.5, from: 2) / 2, $"{ours}; {shedding}");
        Assert.True(ours.Told(0.5, from: 2) < shedding.Told(0.5, from: 2) / 4, $"{ours}; {shedding}");
    }

    [Fact]
    public void G04_A_closed_loop_of_clients_is_not_overload()
    {
        // Like an HTTP benchmark's connections or a batch's tasks: they wait far longer than the target.
        var result = Run(new Scenario { Permits = 15, Load = 1e-9, Crowd = 300, Patience = 30, Duration = 6 });
        Assert.Equal(0, result.TurnedAway);
        Assert.True(result.Goodput(2) >= 0.95 * 750, $"{result}");
        Assert.True(result.Accepted(0.5, from: 2) > 0.3, $"{result}");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(20)]
    public void G04_Clients_without_a_known_deadline_show_by_leaving_that_the_wait_matters(int permits)
    {
        var impatient = new Scenario
        {
            Permits = permits, Patience = 1, GivesUp = true, PoolTimeout = 30, Load = 1.2, Duration = 20, Seed = 3,
        };
        var result = Run(impatient);
        Assert.True(result.Goodput(8) >= 0.9 * impatient.Capacity, $"{result}");
        Assert.True(result.Accepted(0.99, from: 8) < 0.3, $"{result}");
        var brownOut = Run(impatient with { Load = 0.6, BrownOut = (3, 13, 20) });
        Assert.True(brownOut.Goodput(8, 13) >= 0.6 * impatient.Capacity / 20, $"{brownOut.Goodput(8, 13)}/s: {brownOut}");
        Assert.True(brownOut.GoodShare(16, 19) > 0.999, $"{brownOut.GoodShare(16, 19)}");
    }

    [Fact]
    public void G04_Overload_does_not_flap_while_the_demand_stays()
    {
        // Plain shedding mistakes the short queue that it created for calm, and lets the queue grow again.
        var scenario = new Scenario { Load = 1.2, Duration = 20 };
        var shedding = GateSimulation.Run(
            scenario, static time => new PlainCoDel(Settings.QueueTarget, time));
        var ours = Run(scenario);
        Assert.True(ours.Accepted(0.99, from: 3) < 0.120, $"{ours}");
        Assert.True(shedding.Accepted(0.99, from: 3) > ours.Accepted(0.99, from: 3), $"{ours}; {shedding}");
    }

    [Fact]
    public void G30_The_write_queue_of_SQLite_rejects_nobody()
    {
        var writers = new Scenario
        {
            Permits = 1, Hold = 0.050, Variation = 1, Patience = 30, PoolTimeout = 30, Load = 1e-9, Burst = 64, Duration = 10,
        };
        var lane = GateSimulation.Run(writers, static _ => new FirstComeFirstServed(1_000));
        Assert.Equal(0, lane.TurnedAway);
        Assert.True(lane.Accepted(1) > 2, $"{lane}");   // far longer than the target and the interval
    }

    private static SimulationResult Run(Scenario scenario) =>
        GateSimulation.Run(scenario, static time => new OverloadControl(Settings, time));
}
