namespace Millpond.Engine.Load;

/// <summary>The load of an engine during the last five minutes, by second, and the last hour, by ten seconds.</summary>
/// <remarks>Thread-safe: one writer, any number of readers.</remarks>
internal sealed class LoadHistory
{
    public static readonly TimeSpan FinePeriod = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan CoarsePeriod = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Queue<LoadSample> _fine = new(300);
    private readonly Queue<LoadSample> _coarse = new(360);

    public void AddFine(LoadSample sample) => Add(_fine, 300, sample);

    public void AddCoarse(LoadSample sample) => Add(_coarse, 360, sample);

    public LoadSample[] Fine()
    {
        lock (_lock)
        {
            return [.. _fine];
        }
    }

    public LoadSample[] Coarse()
    {
        lock (_lock)
        {
            return [.. _coarse];
        }
    }

    private void Add(Queue<LoadSample> samples, int most, LoadSample sample)
    {
        lock (_lock)
        {
            if (samples.Count == most)
            {
                samples.Dequeue();
            }

            samples.Enqueue(sample);
        }
    }
}
