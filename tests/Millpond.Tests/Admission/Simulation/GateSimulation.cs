using Microsoft.Extensions.Time.Testing;
using Millpond.Admission;

namespace Millpond.Tests.Admission.Simulation;

/// <summary>Simulates clients of the real gate in virtual time. It uses one thread, so the same seed gives the same
/// run.</summary>
internal sealed class GateSimulation : SynchronizationContext, IDisposable
{
    private readonly Scenario _scenario;
    private readonly FakeTimeProvider _time = new();
    private readonly long _start;
    private readonly SessionGate _gate;
    private readonly Random _arrivals;
    private readonly Random _holds;
    private readonly PriorityQueue<Action, double> _events = new();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = new();
    private readonly List<Visit> _visits = [];

    private GateSimulation(Scenario scenario, Func<TimeProvider, AdmissionPolicy> policy)
    {
        _scenario = scenario;
        _start = _time.GetTimestamp();
        _gate = new SessionGate("simulated", scenario.Permits, _time, policy(_time));
        _arrivals = new Random(scenario.Seed);
        _holds = new Random(scenario.Seed + 1);   // the same holds for every policy
    }

    private double Now => _time.GetElapsedTime(_start).TotalSeconds;

    public static SimulationResult Run(Scenario scenario, Func<TimeProvider, AdmissionPolicy> policy)
    {
        var before = Current;
        using var simulation = new GateSimulation(scenario, policy);
        SetSynchronizationContext(simulation);
        try
        {
            return simulation.Run();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    public override void Post(SendOrPostCallback d, object? state) => _posted.Enqueue((d, state));

    public void Dispose() => _gate.Dispose();

    private SimulationResult Run()
    {
        _events.Enqueue(Arrive, Gap());
        if (_scenario.Burst > 0)
        {
            var together = _scenario.Duration / 2;
            _events.Enqueue(() => ComeTogether(_scenario.Burst), together);
        }

        for (var i = 0; i < _scenario.Crowd; i++)
        {
            _ = ComeAgainAsync();
        }

        while (_events.TryDequeue(out var next, out var at) && at < _scenario.Duration)
        {
            Reach(at);
            next();
            Drain();
        }

        Reach(_scenario.Duration);
        var left = _gate.GetSnapshot();
        return new SimulationResult(_scenario, _visits, left);
    }

    /// <summary>Advances the time in steps so small that the gate's timer is at most a millisecond late.</summary>
    private void Reach(double at)
    {
        for (var left = at - Now; left > 1e-9; left = at - Now)
        {
            _time.Advance(TimeSpan.FromSeconds(Math.Min(left, 0.001)) + TimeSpan.FromTicks(1));
            Drain();
        }
    }

    private void Drain()
    {
        while (_posted.TryDequeue(out var next))
        {
            next.Callback(next.State);
        }
    }

    private void Arrive()
    {
        _ = VisitAsync(ofBurst: false);
        _events.Enqueue(Arrive, Now + Gap());
    }

    private void ComeTogether(int clients)
    {
        for (var i = 0; i < clients; i++)
        {
            _ = VisitAsync(ofBurst: true);
        }
    }

    private async Task ComeAgainAsync()
    {
        while (Now < _scenario.Duration)
        {
            await VisitAsync(ofBurst: false);
        }
    }

    private double Gap() => -Math.Log(1 - _arrivals.NextDouble()) / (_scenario.Load * _scenario.Capacity);

    private async Task VisitAsync(bool ofBurst)
    {
        var visit = new Visit { Came = Now, OfBurst = ofBurst };
        _visits.Add(visit);
        var limit = TimeSpan.FromSeconds(_scenario.PoolTimeout ?? _scenario.Patience);
        var deadline = Deadline.After(limit, _time, coversHold: _scenario.PoolTimeout is null);
        using var patience = new CancellationTokenSource();
        var isHere = true;
        if (_scenario.GivesUp)
        {
            _events.Enqueue(() => (isHere ? patience : null)?.Cancel(), Now + _scenario.Patience);
        }

        try
        {
            var permit = (await _gate.EnterAsync(deadline, null, patience.Token)).HeldFrom(_time.GetTimestamp());
            visit.Waited = Now - visit.Came;
            var held = new TaskCompletionSource();
            _events.Enqueue(held.SetResult, Now + NextHold());
            await held.Task;
            permit.Release();
            visit.Served = true;
        }
        catch (Exception error) when (error is SessionRejectedException or PoolTimeoutException or OperationCanceledException)
        {
            // Rejected, immediately or later.
        }

        isHere = false;
        visit.Left = Now;
    }

    private double NextHold()
    {
        var (from, to, factor) = _scenario.BrownOut;
        var slower = Now >= from && Now < to ? factor : 1;
        if (_scenario.IsExponential)
        {
            return slower * _scenario.Hold * -Math.Log(1 - _holds.NextDouble());
        }

        var spread = Math.Log(1 + (_scenario.Variation * _scenario.Variation));
        var normal = Math.Sqrt(-2 * Math.Log(1 - _holds.NextDouble())) * Math.Cos(2 * Math.PI * _holds.NextDouble());
        return slower * _scenario.Hold * Math.Exp((Math.Sqrt(spread) * normal) - (spread / 2));
    }
}
