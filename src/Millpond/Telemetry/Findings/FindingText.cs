namespace Millpond.Telemetry.Findings;

/// <summary>The words of a finding.</summary>
/// <param name="Message">What happened, with numbers.</param>
/// <param name="Remedy">What to do.</param>
/// <param name="Sites">The places or statements that are involved.</param>
internal readonly record struct FindingText(string Message, string Remedy, IReadOnlyList<string> Sites);
