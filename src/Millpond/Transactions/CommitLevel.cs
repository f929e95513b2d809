namespace Millpond.Transactions;

/// <summary>The levels of commits that may be in progress, from the outside in. One may begin inside another only further
/// in.</summary>
internal enum CommitLevel
{
    None,

    /// <summary>The session's own.</summary>
    Session,

    /// <summary>The commit of a real transaction in autocommit mode, which a hook or a context may make during the session's
    /// own commit.</summary>
    Outermost,
}
