namespace Bank.Input;

/// <summary>Thrown for a body or query that breaks the contract. The response is 400 and lists all faults.</summary>
internal sealed class InvalidInputException(Dictionary<string, string[]> errors) : Exception("The input is not valid.")
{
    /// <summary>The faults by member.</summary>
    public Dictionary<string, string[]> Errors { get; } = errors;
}
