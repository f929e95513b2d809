namespace Millpond.Hosting;

/// <summary>A call of <c>AddMillpond</c>.</summary>
internal sealed record EngineRegistration(string Name);
