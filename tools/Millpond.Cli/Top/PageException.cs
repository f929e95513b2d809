namespace Millpond.Cli.Top;

/// <summary>A live page cannot be read.</summary>
internal sealed class PageException(string message) : Exception(message);
