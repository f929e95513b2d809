namespace Bank.Load;

/// <summary>Thrown if a load run cannot continue. The message is shown to the user.</summary>
internal sealed class LoadFailure(string message) : Exception(message);
