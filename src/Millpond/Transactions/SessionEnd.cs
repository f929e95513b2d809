namespace Millpond.Transactions;

/// <summary>How and when a session ended, for errors of later uses (S08).</summary>
internal sealed record SessionEnd(string How, DateTimeOffset At)
{
    /// <summary>Gets or sets the statement whose effect is gone since, or null (S09).</summary>
    public string? LostState { get; set; }
}
