using Millpond.Admission;
using Millpond.Tests.Admission.Simulation;
using Xunit;

namespace Millpond.Tests.Engine;

/// <summary>The advised number of connections is right for the real gate, in virtual time and with seeds.</summary>
public sealed class PoolAdviceSimulationTests
{
    [Theory]
    [InlineData(100, 0.020, 0.010)]
    [InlineData(500, 0.020, 0.010)]
    [InlineData(50, 0.200, 0.100)]
    public void The_p99_wait_is_within_the_target_with_the_advised_connections_and_beyond_it_with_two_fewer(
        double rate, double hold, double wait)
    {
        var advice = PoolAdvice.For(rate, TimeSpan.FromSeconds(hold), TimeSpan.FromSeconds(wait));

        Assert.InRange(P99(advice.Needed), 0, wait);
        Assert.InRange(P99(advice.Needed - 2), wait, double.PositiveInfinity);

        // 20,000 sessions. Erlang's formula assumes that none of them gives up.
        double P99(int permits) => GateSimulation.Run(
            new Scenario
            {
                Permits = permits, Hold = hold, IsExponential = true, Load = rate * hold / permits, Patience = 1_000,
                Duration = 20_000 / rate,
            },
            static _ => new FirstComeFirstServed()).Waited(0.99);
    }
}
