namespace Millpond.AspNetCore.LivePage.Json;

/// <summary>Samples as columns, as a chart takes them.</summary>
internal sealed record LiveSeries
{
    /// <summary>Gets when each interval ended, in seconds since 1970.</summary>
    public required IReadOnlyList<double> At { get; init; }

    public required IReadOnlyList<int> Executing { get; init; }

    public required IReadOnlyList<int> HeldIdle { get; init; }

    public required IReadOnlyList<int> Opening { get; init; }

    /// <summary>Gets how many sessions were waiting for a connection or for the write permit.</summary>
    public required IReadOnlyList<int> Waiting { get; init; }

    public required IReadOnlyList<double> WaitP50Ms { get; init; }

    public required IReadOnlyList<double> WaitP99Ms { get; init; }

    public required IReadOnlyList<double> UseP50Ms { get; init; }

    public required IReadOnlyList<double> UseP99Ms { get; init; }

    /// <summary>Gets how many sessions returned their connection, per second.</summary>
    public required IReadOnlyList<double> Sessions { get; init; }

    /// <summary>Gets how many sessions were rejected or timed out, per second.</summary>
    public required IReadOnlyList<double> Refused { get; init; }

    public required IReadOnlyList<double> ResumeLagMs { get; init; }
}
