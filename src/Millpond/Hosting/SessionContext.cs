namespace Millpond.Hosting;

/// <summary>A context of EF Core that is registered on sessions.</summary>
internal sealed record SessionContext(Type Type);
