using Millpond.Soak.Service;

namespace Millpond.Soak.Resources;

/// <summary>Something that must not grow.</summary>
/// <param name="Name">As the tables show it.</param>
/// <param name="Value">Reads it; null: this sample does not say.</param>
/// <param name="Allowed">How much more of it the last quarter may have than the first.</param>
internal sealed record Measure(string Name, Func<ResourceSample, double?> Value, double Allowed)
{
    private const double MiB = 1024 * 1024;

    /// <summary>Gets all of them.</summary>
    public static IReadOnlyList<Measure> All { get; } =
    [
        // What is alive by chance when it is looked at. 20 bytes of each request would be more.
        new("managed heap, MiB", sample => sample.State.Collected ? sample.State.Heap / MiB : null, 1),

        // The collector keeps what it may need again, and code is compiled anew for hours.
        new("resident memory, MiB", sample => sample.State.Resident / MiB, 20),

        // Connections of clients, who come and go.
        new("open files", sample => sample.State.Files, 10),

        // Those of the thread pool, which come and go.
        new("threads", sample => sample.State.Threads, 5),

        // The overflow, which comes and goes.
        new("connections at the server", sample => sample.Connections, BookService.MaxOverflow),
    ];
}
