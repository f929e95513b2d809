using BenchmarkDotNet.Attributes;
using Millpond.Admission;

namespace Millpond.Benchmarks;

/// <summary>A free permit taken and given back, beside the framework's own semaphore.</summary>
[Config(typeof(BenchmarkSettings))]
public class GateBenchmarks
{
    private readonly SessionGate _gate = new("bench", 15, TimeProvider.System);
    private readonly SemaphoreSlim _semaphore = new(15, 15);
    private readonly Deadline _deadline = Deadline.After(TimeSpan.FromHours(1), TimeProvider.System);

    [Benchmark(Baseline = true)]
    public async ValueTask Semaphore()
    {
        await _semaphore.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        _semaphore.Release();
    }

    [Benchmark]
    public async ValueTask Gate()
    {
        var permit = await _gate.EnterAsync(_deadline, null, CancellationToken.None).ConfigureAwait(false);
        permit.Release();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _gate.Dispose();
        _semaphore.Dispose();
    }
}
