namespace Millpond.Testing.Resets;

/// <summary>A sequence of the template with its value there.</summary>
internal sealed record ShapedSequence(string Name, long Value, bool IsCalled);
