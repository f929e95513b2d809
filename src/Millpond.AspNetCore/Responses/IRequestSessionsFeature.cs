namespace Millpond;

/// <summary>Decides over the sessions of a request before its response does.</summary>
/// <remarks>
/// <para>For hosts whose success does not show in the HTTP status: gRPC answers 200 to a call that failed. <c>UseMillpond</c>
/// puts it among the request's features.</para>
/// <para>As little thread-safe as a request is. The first decision counts; later ones do nothing.</para>
/// </remarks>
public interface IRequestSessionsFeature
{
    /// <summary>Gets whether something of the request's work is committed, so that no answer may ask the client to repeat
    /// it.</summary>
    bool HasCommitted { get; }

    /// <summary>Commits the request's sessions now; they only read from then on.</summary>
    /// <returns>A task that ends when they are committed and their connections are back.</returns>
    /// <exception cref="MillpondException">The commit failed, and nothing is committed; the caller tells the client.</exception>
    /// <exception cref="System.Data.Common.DbException">The database refused.</exception>
    /// <exception cref="OperationCanceledException">The client has left.</exception>
    Task CommitAsync();

    /// <summary>Sets a callback that decides at the commit point whether the sessions are rolled back instead.</summary>
    /// <param name="refusal">Returns the reason for a rollback: <c>its status was NotFound</c>; or null to commit.</param>
    void RollBackWhen(Func<string?> refusal);

    /// <summary>Sets a callback that answers a commit which fails after the host is done, with nothing of the response
    /// sent.</summary>
    /// <param name="answer">Gets the error, writes the answer and returns true; or returns false, and the error leaves the
    /// pipeline.</param>
    void AnswerFailedCommit(Func<Exception, bool> answer);

    /// <summary>Rolls back what is not committed, and ends the sessions. Never throws.</summary>
    /// <param name="how">The reason, for the errors of later uses: <c>its status was NotFound</c>.</param>
    /// <param name="exception">The error; null: none.</param>
    /// <returns>A task that ends when their connections are back.</returns>
    Task RollbackAsync(string how, Exception? exception = null);
}
