using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Millpond.Telemetry;

/// <summary>The metrics of one engine. Histograms are recorded; everything else is read when it is collected.</summary>
/// <remarks>Thread-safe. The instruments belong to the process, and the pool's name tells engines apart.</remarks>
internal sealed class EngineMeter : IDisposable
{
    private static readonly Meter Meter = new(MetricNames.Source);

    // The conventions' advice for durations, and three buckets below 1 ms, because most waits take microseconds.
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
    };

    private static readonly ConcurrentDictionary<EngineMeter, Func<EngineReading>> Engines = new();

    private static readonly Histogram<double> WaitTime = Meter.CreateHistogram(
        MetricNames.WaitTime, "s", "The time it took to obtain an open connection from the pool.", advice: Seconds);

    private static readonly Histogram<double> UseTime = Meter.CreateHistogram(
        MetricNames.UseTime, "s", "The time between borrowing a connection and returning it to the pool.", advice: Seconds);

    private static readonly Histogram<double> HeldIdle = Meter.CreateHistogram(
        MetricNames.HeldIdle, "s", "The time for which a session held a connection without running a command.", advice: Seconds);

    private static readonly Histogram<double> ResumeLag = Meter.CreateHistogram(
        MetricNames.ResumeLag, "s", "The time from the grant of a permit until the session resumed.", advice: Seconds);

    private static readonly Histogram<int> Commands = Meter.CreateHistogram(
        MetricNames.SessionCommands,
        "{command}",
        "The number of commands, each one round trip, that a session ran on a connection.",
        advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 3, 5, 10, 20, 50, 100, 500] });

    private readonly KeyValuePair<string, object?> _pool;

    static EngineMeter() => EngineInstruments.Create(Meter, Engines);

    public EngineMeter(string engineName) => _pool = new(MetricNames.PoolName, engineName);

    /// <summary>Adds the engine to what is collected, until it is disposed.</summary>
    public void Observe(Func<EngineReading> read) => Engines[this] = read;

    public void Dispose() => Engines.TryRemove(this, out _);

    public void Waited(TimeSpan wait) => Record(WaitTime, wait.TotalSeconds);

    public void Held(TimeSpan held, TimeSpan idle, int commands)
    {
        Record(UseTime, held.TotalSeconds);
        Record(HeldIdle, idle.TotalSeconds);
        Record(Commands, commands);
    }

    public void Resumed(TimeSpan lag) => Record(ResumeLag, lag.TotalSeconds);

    /// <remarks>A listener's callback runs here. If it throws, the session is not affected.</remarks>
    private void Record<T>(Histogram<T> histogram, T value)
        where T : struct
    {
        if (!histogram.Enabled)
        {
            return;
        }

        try
        {
            histogram.Record(value, _pool);
        }
        catch (Exception)
        {
            // The listener's own fault.
        }
    }
}
