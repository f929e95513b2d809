namespace Millpond.AspNetCore.LivePage.Json;

/// <summary>A problem that the engine has found.</summary>
/// <param name="Id">MILL4001 and so on.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Operation">The operation it is about; null if it is about the engine.</param>
/// <param name="Message">What happened the last time.</param>
/// <param name="Remedy">What to do.</param>
/// <param name="Sites">The places in the code or the statements, without literals.</param>
/// <param name="Count">How often it was found.</param>
/// <param name="FirstSeen">When it was found first.</param>
/// <param name="LastSeen">When it was found last.</param>
internal sealed record LiveFinding(
    string Id,
    FindingKind Kind,
    string? Operation,
    string Message,
    string Remedy,
    IReadOnlyList<string> Sites,
    long Count,
    DateTimeOffset FirstSeen,
    DateTimeOffset LastSeen);
