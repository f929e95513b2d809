namespace Millpond;

/// <summary>Lets a host control the sessions of a request before the response does.</summary>
/// <remarks>
/// <para>For hosts whose result is not the HTTP status, such as gRPC, which responds with 200 to a failed call.
/// <c>UseMillpond</c> adds it to the features of the request.</para>
/// <para>Not thread-safe, like a request. The first decision counts; later ones have no effect.</para>
/// </remarks>
public interface IRequestSessionsFeature
{
    /// <summary>Gets whether something was committed, so no response may ask the client to repeat the request.</summary>
    bool HasCommitted { get; }

    /// <summary>Commits the request's sessions now. Afterwards they are read-only.</summary>
    /// <returns>A task that completes when they are committed and their connections are returned.</returns>
    /// <exception cref="MillpondException">The commit failed, and nothing is committed. The caller reports it to the
    /// client.</exception>
    /// <exception cref="System.Data.Common.DbException">The database rejected the commit.</exception>
    /// <exception cref="OperationCanceledException">The client has disconnected.</exception>
    Task CommitAsync();

    /// <summary>Sets a callback that decides at the commit point whether the sessions are rolled back instead.</summary>
    /// <param name="refusal">Returns the reason for a rollback, for example <c>its status was NotFound</c>, or null to
    /// commit.</param>
    void RollBackWhen(Func<string?> refusal);

    /// <summary>Sets a callback that responds to a commit that fails after the host is done, when nothing of the response was
    /// sent.</summary>
    /// <param name="answer">Receives the error, writes the response and returns true; or returns false, and the error is
    /// thrown.</param>
    void HandleFailedCommit(Func<Exception, bool> answer);

    /// <summary>Rolls back what is not committed, and ends the sessions. Never throws.</summary>
    /// <param name="how">The reason, for the errors of later uses, for example <c>its status was NotFound</c>.</param>
    /// <param name="exception">The error, or null.</param>
    /// <returns>A task that completes when the connections are returned.</returns>
    Task RollbackAsync(string how, Exception? exception = null);
}
