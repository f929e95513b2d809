namespace Millpond.Load.Reports;

/// <summary>The numbers of a run that goes on.</summary>
/// <param name="Due">Arrivals so far.</param>
/// <param name="Ended">Those that were answered or given up.</param>
/// <param name="Done">Those whose work was done.</param>
/// <param name="P99">99 % of those that ended took at most so many milliseconds.</param>
public readonly record struct LoadProgress(long Due, long Ended, long Done, double P99);
