namespace Millpond.Transactions.Hooks;

/// <summary>Something that belongs to a session for all its life and has a say before each of the session's own commits: a
/// context of EF Core. A transaction begun in autocommit commits without it.</summary>
internal abstract class SessionParticipant
{
    /// <summary>Runs inside the transaction, after the hooks, also where the session executed nothing. What it throws fails the
    /// commit.</summary>
    public abstract Task BeforeCommitAsync(CancellationToken cancellationToken);

    /// <summary>Takes part in the session's new unit of work; the last one has ended (S08).</summary>
    public abstract void Rearm();
}
