namespace Millpond.Overload.Runs;

/// <summary>Who was not served in a burst.</summary>
/// <param name="Size">How many came at once.</param>
/// <param name="Lost">How many of them.</param>
/// <param name="Others">How many of those who came one by one.</param>
internal sealed record BurstLoss(int Size, int Lost, int Others);
