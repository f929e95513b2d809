namespace Millpond;

/// <summary>Whether a session's statements share a transaction.</summary>
public enum SessionMode
{
    /// <summary>One transaction from the first statement to the commit point.</summary>
    Transaction,

    /// <summary>Each statement commits on its own. The commit point only returns the connection.</summary>
    /// <remarks>
    /// <para>Neither a rollback nor a status of 400 or more undoes what was done, and a failed statement leaves the session
    /// usable. On PostgreSQL a command of several statements, or a batch, is committed as one; on SQLite each of them commits
    /// on its own.</para>
    /// <para><see cref="DbSession.BeginTransactionAsync"/> and <c>BeginTransactionAsync</c> of the session's connection begin a
    /// real transaction, and so does EF Core's <c>SaveChanges</c>; those begun inside it are savepoints. Work on the provider's
    /// connection has its own transaction.</para>
    /// <para>On SQLite, sessions wait for another process that has locked the file as usual. Only a command of several
    /// statements keeps its connection's own thread busy in the meantime, at most for its <c>CommandTimeout</c>.</para>
    /// </remarks>
    Autocommit,
}
