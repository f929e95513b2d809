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

    /// <summary>Gets or sets which HTTP statuses commit.</summary>
    /// <value>Called with the response's status. Default null: below 400 commits, everything else rolls back.</value>
    public Func<int, bool>? CommitWhen { get; set; }

    internal DbSessionOptions Copy() => (DbSessionOptions)MemberwiseClone();
}
