namespace Millpond.Engine;

/// <summary>A provider that the options offer, with the connection string it was given.</summary>
internal sealed record OfferedProvider(DatabaseProvider Provider, string? ConnectionString);
