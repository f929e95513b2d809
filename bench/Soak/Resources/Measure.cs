using Millpond.Soak.Service;

namespace Millpond.Soak.Resources;

/// <summary>A measure that must not grow.</summary>
/// <param name="Name">The name in the tables.</param>
/// <param name="Value">Reads the value; null if the sample does not have it.</param>
/// <param name="Allowed">How much the last quarter may exceed the first.</param>
internal sealed record Measure(string Name, Func<ResourceSample, double?> Value, double Allowed)
{
    private const double MiB = 1024 * 1024;

    /// <summary>Gets all measures.</summary>
    public static IReadOnlyList<Measure> All { get; } =
    [
        // Objects that happen to be alive. 20 bytes per request would be more.
        new("managed heap, MiB", sample => sample.State.Collected ? sample.State.Heap / MiB : null, 1),

        // The garbage collector keeps spare memory, and code is recompiled for hours.
        new("resident memory, MiB", sample => sample.State.Resident / MiB, 20),

        // Connections of clients, which vary.
        new("open files", sample => sample.State.Files, 10),

        // Threads of the thread pool, which vary.
        new("threads", sample => sample.State.Threads, 5),

        // Overflow connections, which vary.
        new("connections at the server", sample => sample.Connections, BookService.MaxOverflow),
    ];
}
