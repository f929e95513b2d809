namespace Millpond.Sessions;

/// <summary>How and when a session ended, for those who use it afterwards (S08).</summary>
internal sealed record SessionEnd(string How, DateTimeOffset At);
