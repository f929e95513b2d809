namespace Millpond.Cli;

/// <summary>The value of an argument is invalid.</summary>
internal sealed class UsageException(string message) : Exception(message);
