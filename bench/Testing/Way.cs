namespace Millpond.TestPrices;

/// <summary>A way to give a test its database.</summary>
/// <param name="Name">As the table shows it.</param>
/// <param name="Against">The name of the way that it is divided by; null: none.</param>
/// <param name="Tests">How many tests run in a slice.</param>
/// <param name="Begin">Makes the database ready.</param>
/// <param name="Test">Runs the test on it.</param>
/// <param name="End">Undoes what the test did.</param>
internal sealed record Way(
    string Name,
    string? Against,
    int Tests,
    Func<CancellationToken, Task> Begin,
    Func<CancellationToken, Task> Test,
    Func<CancellationToken, Task> End)
{
    /// <summary>Gets how much longer a test takes, beside the way's own work.</summary>
    public TimeSpan Rest { get; init; }
}
