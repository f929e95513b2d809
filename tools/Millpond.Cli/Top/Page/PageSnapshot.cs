namespace Millpond.Cli.Top.Page;

/// <summary>What the live page's <c>snapshot.json</c> says about a process.</summary>
/// <remarks>Parts that the tool does not show are left out.</remarks>
internal sealed record PageSnapshot(
    DateTimeOffset At, string Application, int ProcessId, DateTimeOffset StartedAt, IReadOnlyList<PageEngine> Engines);
