using System.Data;

namespace Millpond.Sessions;

/// <summary>How one session behaves.</summary>
/// <remarks>Not thread-safe; the session takes a copy when it is opened.</remarks>
public sealed class DbSessionOptions
{
    /// <summary>Gets or sets what the session means to do.</summary>
    /// <value>Default <see cref="SessionAccess.Auto"/>.</value>
    public SessionAccess Access { get; set; }

    /// <summary>Gets or sets the isolation level of the session's transactions.</summary>
    /// <value>Default null: the database's own default.</value>
    public IsolationLevel? Isolation { get; set; }

    /// <summary>Gets or sets whether the session's statements belong to one transaction.</summary>
    /// <value>Default <see cref="SessionMode.Transaction"/>.</value>
    public SessionMode Mode { get; set; }

    /// <summary>Gets or sets how often the whole work is done again when it met a conflict with another transaction, a deadlock,
    /// or a connection that was lost before its commit (S17).</summary>
    /// <value>0 to 100 further tries. Default 0. Counts where Millpond runs the work: under <c>UseMillpond</c> and in
    /// <c>DbEngine.RunAsync</c>.</value>
    public int Retries { get; set; }

    /// <summary>Gets or sets how long the session may take from its first statement to its commit point.</summary>
    /// <value>More than zero, at most a day. Default null: no limit of its own.</value>
    public TimeSpan? Timeout { get; set; }

    /// <summary>Gets or sets how long the database may work on one statement of the session.</summary>
    /// <value>At least a millisecond, at most a day. Default null: the database's own limit.</value>
    public TimeSpan? StatementTimeout { get; set; }

    /// <summary>Gets or sets whether the database is asked what became of a commit whose answer was lost (S18).</summary>
    /// <value>Default null: where <see cref="Retries"/> is more than 0.</value>
    /// <remarks>It costs no round trip but one for each start of a server: then it is found out whether that can be asked.
    /// PostgreSQL can from version 13 on; others commit as they do without it. The asking takes up to the engine's
    /// <c>CleanupTimeout</c> once more. A transaction that only sent a NOTIFY counts as one that wrote nothing.</remarks>
    public bool? ConfirmCommit { get; set; }

    /// <summary>Gets or sets which HTTP statuses commit.</summary>
    /// <value>Called with the response's status. Default null: below 400 commits, everything else rolls back.</value>
    public Func<int, bool>? CommitWhen { get; set; }

    internal bool ConfirmsCommit => ConfirmCommit ?? Retries > 0;

    internal DbSessionOptions Copy() => (DbSessionOptions)MemberwiseClone();
}
