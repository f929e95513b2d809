using BenchmarkDotNet.Attributes;
using Millpond.Admission;

namespace Millpond.Benchmarks;

/// <summary>One permit and eight tasks that want it a thousand times each: every grant is a hand-over.</summary>
[Config(typeof(BenchmarkSettings))]
public class HandOverBenchmarks
{
    private const int Tasks = 8;
    private const int Turns = 1_000;

    private readonly SessionGate _gate = new("bench", 1, TimeProvider.System);
    private readonly SemaphoreSlim _semaphore = new(1, 1);

    [Benchmark(Baseline = true, OperationsPerInvoke = Tasks * Turns)]
    public Task Semaphore() => Task.WhenAll(Enumerable.Range(0, Tasks).Select(_ => Task.Run(async () =>
    {
        for (var i = 0; i < Turns; i++)
        {
            await _semaphore.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            await Task.Yield();   // the others arrive while it is held
            _semaphore.Release();
        }
    })));

    [Benchmark(OperationsPerInvoke = Tasks * Turns)]
    public Task Gate() => Task.WhenAll(Enumerable.Range(0, Tasks).Select(_ => Task.Run(async () =>
    {
        for (var i = 0; i < Turns; i++)
        {
            var deadline = Deadline.After(TimeSpan.FromHours(1), TimeProvider.System);
            var permit = await _gate.EnterAsync(deadline, null, CancellationToken.None).ConfigureAwait(false);
            await Task.Yield();
            permit.Release();
        }
    })));

    [GlobalCleanup]
    public void CleanUp()
    {
        _gate.Dispose();
        _semaphore.Dispose();
    }
}
