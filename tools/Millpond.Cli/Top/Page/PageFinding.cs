namespace Millpond.Cli.Top.Page;

/// <summary>A problem that the engine has found.</summary>
internal sealed record PageFinding(string Id, string? Operation, string Message, string Remedy, long Count);
