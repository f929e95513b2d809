namespace Millpond.Load.CommandLine;

/// <summary>The command line is wrong; the message is for who wrote it.</summary>
/// <param name="message">One sentence.</param>
public sealed class UsageException(string message) : Exception(message);
