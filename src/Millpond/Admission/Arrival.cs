namespace Millpond.Admission;

/// <summary>What becomes of somebody who finds no free permit.</summary>
/// <param name="Verdict">The decision.</param>
/// <param name="Limit">Where it is turned away because of the expected wait: the longest that would have been all right.</param>
internal readonly record struct Arrival(ArrivalVerdict Verdict, TimeSpan Limit = default);
