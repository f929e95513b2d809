namespace Millpond.Admission;

/// <summary>The decision on a caller that finds no free permit.</summary>
/// <param name="Verdict">The decision.</param>
/// <param name="Limit">The longest acceptable wait, if the expected wait is too long.</param>
internal readonly record struct Arrival(ArrivalVerdict Verdict, TimeSpan Limit = default);
