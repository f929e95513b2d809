namespace Millpond;

/// <summary>Whether a session's statements belong together.</summary>
public enum SessionMode
{
    /// <summary>One transaction from the first statement to the commit point.</summary>
    Transaction,

    /// <summary>Each statement commits by itself; the commit point has nothing left to do but to give the connection
    /// back.</summary>
    /// <remarks>
    /// <para>Neither a rollback nor a status of 400 or more undoes what was done, and a statement that failed leaves the session
    /// usable. On PostgreSQL a command of several statements, or a batch, is committed as one; on SQLite each of them is by
    /// itself.</para>
    /// <para><see cref="DbSession.BeginTransactionAsync"/> and <c>BeginTransactionAsync</c> of the session's connection begin
    /// a real transaction, and so does EF Core's <c>SaveChanges</c>; those begun inside it are savepoints. Work on the provider's
    /// connection has a transaction of its own.</para>
    /// <para>On SQLite another process that has the file locked is waited for as ever; only a command of several statements keeps
    /// its connection's own thread busy meanwhile, for its <c>CommandTimeout</c> at most.</para>
    /// </remarks>
    Autocommit,
}
