namespace Millpond.Admission;

/// <summary>What becomes of a caller that finds no free permit.</summary>
/// <param name="Verdict">The decision.</param>
/// <param name="Limit">If its expected wait is too long: the longest acceptable one.</param>
internal readonly record struct Arrival(ArrivalVerdict Verdict, TimeSpan Limit = default);
