namespace Millpond.AspNetCore.LivePage.Json;

/// <summary>What the live page and <c>snapshot.json</c> say about a process.</summary>
/// <param name="At">When it was read.</param>
/// <param name="Application">The application's name.</param>
/// <param name="Environment">The name of its environment.</param>
/// <param name="ProcessId">The id of its process.</param>
/// <param name="StartedAt">When the process started.</param>
/// <param name="Engines">Its engines.</param>
internal sealed record LiveSnapshot(
    DateTimeOffset At,
    string Application,
    string Environment,
    int ProcessId,
    DateTimeOffset StartedAt,
    IReadOnlyList<LiveEngine> Engines);
