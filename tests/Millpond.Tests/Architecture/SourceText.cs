namespace Millpond.Tests.Architecture;

/// <summary>A C# file: its path within what is examined, in <c>/</c> form, and its text.</summary>
internal sealed record SourceText(string Path, string Text);
