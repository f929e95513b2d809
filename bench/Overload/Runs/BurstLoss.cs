namespace Millpond.Overload.Runs;

/// <summary>The requests that were not served in a burst.</summary>
/// <param name="Size">The size of the burst.</param>
/// <param name="Lost">How many of the burst were not served.</param>
/// <param name="Others">How many of the steady requests were not served.</param>
internal sealed record BurstLoss(int Size, int Lost, int Others);
