namespace Millpond.Tests.Architecture;

/// <summary>A C# file: its path relative to the examined folder, with <c>/</c>, and its text.</summary>
internal sealed record SourceText(string Path, string Text);
