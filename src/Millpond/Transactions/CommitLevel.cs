namespace Millpond.Transactions;

/// <summary>The commits of a session that may be under way, from the outside in: one may begin inside another only further in.
/// </summary>
internal enum CommitLevel
{
    None,

    /// <summary>The session's own.</summary>
    Session,

    /// <summary>That of a real transaction in autocommit: a hook or a context may make one while the session's own commit asks
    /// them.</summary>
    Outermost,
}
