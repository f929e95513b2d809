namespace Bank.Load;

/// <summary>A load run that cannot go on; the message is one or more sentences for who started it.</summary>
internal sealed class LoadFailure(string message) : Exception(message);
