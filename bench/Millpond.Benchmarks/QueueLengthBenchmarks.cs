using BenchmarkDotNet.Attributes;
using Millpond.Admission;

namespace Millpond.Benchmarks;

/// <summary>A permit that comes back, goes to the first of a queue, and one more who joins its end: what that costs must not
/// depend on how many stand between.</summary>
[Config(typeof(BenchmarkSettings))]
public class QueueLengthBenchmarks
{
    private const int Turns = 1_000;

    // No caller is rejected.
    private static readonly AdmissionSettings Settings = new(Timeout.InfiniteTimeSpan, int.MaxValue);

    private readonly SessionGate _gate = new(
        "bench", 1, TimeProvider.System, new OverloadControl(Settings, TimeProvider.System));

    private readonly Deadline _deadline = Deadline.After(TimeSpan.FromHours(100), TimeProvider.System);
    private ValueTask<Permit>[] _queue = [];
    private Permit _held;
    private int _first;

    [Params(1, 100, 10_000)]
    public int Waiters { get; set; }

    [GlobalSetup]
    public async Task SetUp()
    {
        _held = await _gate.EnterAsync(_deadline, null, CancellationToken.None);
        _queue = new ValueTask<Permit>[Waiters];
        for (var place = 0; place < Waiters; place++)
        {
            _queue[place] = _gate.EnterAsync(_deadline, null, CancellationToken.None);
        }
    }

    [Benchmark(OperationsPerInvoke = Turns)]
    public async Task HandOver()
    {
        for (var turn = 0; turn < Turns; turn++)
        {
            _held.Release();
            _held = await _queue[_first].ConfigureAwait(false);   // it has already been granted
            _queue[_first] = _gate.EnterAsync(_deadline, null, CancellationToken.None);
            _first = (_first + 1) % Waiters;
        }
    }

    [GlobalCleanup]
    public void CleanUp() => _gate.Dispose();
}
