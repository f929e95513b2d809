namespace Native;

/// <summary>An item as JSON.</summary>
internal sealed record ItemBody(long Id, string Name);
