namespace Millpond.Overload.CommandLine;

/// <summary>Thrown if a run cannot continue. The message is shown to the user.</summary>
internal sealed class BenchFailure(string message) : Exception(message);
