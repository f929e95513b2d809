namespace Millpond.Soak.Resources;

/// <summary>Something that must not grow.</summary>
/// <param name="Name">As the tables show it.</param>
/// <param name="Value">Reads it; null: this sample does not say.</param>
/// <param name="Allowed">How much more of it the last quarter may have than the first.</param>
/// <param name="Why">Why so much.</param>
internal sealed record Measure(string Name, Func<ResourceSample, double?> Value, double Allowed, string Why)
{
    private const double MiB = 1024 * 1024;

    /// <summary>Gets all of them.</summary>
    public static IReadOnlyList<Measure> All { get; } =
    [
        new("managed heap, MiB", sample => sample.State.Collected ? sample.State.Heap / MiB : null, 1.5,
            "what is alive by chance when it is looked at"),
        new("resident memory, MiB", sample => sample.State.Resident / MiB, 20,
            "the collector keeps what it may need again, and code is compiled for hours"),
        new("open files", sample => sample.State.Files, 10, "connections of clients that come and go"),
        new("threads", sample => sample.State.Threads, 5, "the thread pool's, which come and go"),
        new("connections at the server", sample => sample.Connections, 2, "the overflow, which comes and goes"),
    ];
}
