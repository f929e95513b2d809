namespace Millpond.AspNetCore.LivePage.Json;

/// <summary>What state a pool is in, in words.</summary>
/// <param name="State">idle, healthy, busy, saturated, overloaded, starved, down or stopping.</param>
/// <param name="Severity">ok, warning or critical.</param>
/// <param name="Text">The state, with numbers.</param>
/// <param name="Remedy">What to do; null if nothing is wrong.</param>
/// <param name="Wait">What a wait for a connection consists of.</param>
internal sealed record LiveVerdict(string State, string Severity, string Text, string? Remedy, string Wait);
