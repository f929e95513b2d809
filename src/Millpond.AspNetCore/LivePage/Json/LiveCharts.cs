namespace Millpond.AspNetCore.LivePage.Json;

/// <summary>The samples of an engine, or those that are new.</summary>
/// <param name="Engine">The engine's name.</param>
/// <param name="Fine">By second, for five minutes.</param>
/// <param name="Coarse">By ten seconds, for an hour.</param>
internal sealed record LiveCharts(string Engine, LiveSeries Fine, LiveSeries Coarse);
