namespace Millpond.Hosting;

/// <summary>One call of <c>AddMillpond</c>.</summary>
internal sealed record EngineRegistration(string Name);
