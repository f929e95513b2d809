namespace Millpond.AspNetCore.LivePage.Json;

/// <summary>An event that the page receives.</summary>
/// <param name="Snapshot">The current numbers.</param>
/// <param name="Charts">The samples since the last event; all of them in a viewer's first event.</param>
internal sealed record LiveMessage(LiveSnapshot Snapshot, IReadOnlyList<LiveCharts> Charts);
