namespace Millpond.AspNetCore.LivePage.Json;

/// <summary>The server's connection limit.</summary>
/// <param name="Name">The name of the deciding limit; empty behind a pooler.</param>
/// <param name="Usable">How many connections all workers of this engine may use.</param>
/// <param name="Workers">The number of workers.</param>
/// <param name="Wanted">How many connections they may open.</param>
/// <param name="IsBehindPooler">Whether there is a pooler between.</param>
/// <param name="Advice">What does not fit, and what would; null if it fits.</param>
internal sealed record LiveLimit(string Name, int Usable, int Workers, int Wanted, bool IsBehindPooler, string? Advice);
