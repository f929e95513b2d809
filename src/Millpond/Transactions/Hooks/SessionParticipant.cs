namespace Millpond.Transactions.Hooks;

/// <summary>A component that belongs to a session for its whole life and takes part in each of its own commits: an EF Core
/// context. A transaction begun in autocommit mode commits without it.</summary>
internal abstract class SessionParticipant
{
    /// <summary>Runs inside the transaction, after the hooks, even if the session executed nothing. Its exceptions fail the
    /// commit.</summary>
    public abstract Task BeforeCommitAsync(CancellationToken cancellationToken);

    /// <summary>Takes part in the session's new unit of work; the previous one has ended (S08).</summary>
    public abstract void Rearm();
}
