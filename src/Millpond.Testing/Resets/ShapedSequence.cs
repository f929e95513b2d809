namespace Millpond.Testing.Resets;

/// <summary>A sequence of the template, and where it stands there.</summary>
internal sealed record ShapedSequence(string Name, long Value, bool IsCalled);
