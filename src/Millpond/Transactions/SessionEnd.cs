namespace Millpond.Transactions;

/// <summary>How and when a session ended, for those who use it afterwards (S08).</summary>
internal sealed record SessionEnd(string How, DateTimeOffset At)
{
    /// <summary>Gets or sets the statement that had set something which is gone since; null: none (S09).</summary>
    public string? LostState { get; set; }
}
