namespace Bank.Input;

/// <summary>A body or query that breaks the contract; it is answered with 400 and all its faults at once.</summary>
internal sealed class InvalidInputException(Dictionary<string, string[]> errors) : Exception("The input is not valid.")
{
    /// <summary>What is wrong, by the member it is wrong with.</summary>
    public Dictionary<string, string[]> Errors { get; } = errors;
}
