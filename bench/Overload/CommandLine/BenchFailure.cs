namespace Millpond.Overload.CommandLine;

/// <summary>A run that cannot go on; the message is for who started it.</summary>
internal sealed class BenchFailure(string message) : Exception(message);
