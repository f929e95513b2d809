namespace Bank.Startup;

/// <summary>Tells the log filters whether the program is starting.</summary>
internal sealed class StartPhase
{
    private volatile bool _ended;

    /// <summary>Gets or sets whether the program serves requests.</summary>
    public bool Ended { get => _ended; set => _ended = value; }
}
