using Millpond.Diagnostics;

namespace Millpond.Hosting;

/// <summary>Decides over the sessions of a request before its response does (S02 to S04).</summary>
/// <remarks>
/// <para>For hosts whose success does not show in the HTTP status: gRPC answers 200 to a call that failed. <c>UseMillpond</c>
/// puts it among the request's features.</para>
/// <para>As little thread-safe as a request is. The first decision counts; later ones do nothing.</para>
/// </remarks>
public interface IRequestSessions
{
    /// <summary>Gets whether something of the request's work is committed, so that no answer may ask the client to repeat
    /// it.</summary>
    bool HasCommitted { get; }

    /// <summary>Commits the request's sessions now; they only read from then on (S09).</summary>
    /// <returns>A task that ends when they are committed and their connections are back.</returns>
    /// <exception cref="MillpondException">The commit failed, and nothing is committed; the caller tells the client.</exception>
    /// <exception cref="System.Data.Common.DbException">The database refused.</exception>
    /// <exception cref="OperationCanceledException">The client has left.</exception>
    Task CommitAsync();

    /// <summary>Sets what keeps the sessions from being committed, when the response's first byte would do it.</summary>
    /// <param name="refusal">Returns why they are rolled back instead: <c>its status was NotFound</c>; or null: they are
    /// not.</param>
    void RollBackWhen(Func<string?> refusal);

    /// <summary>Sets who answers a commit that fails when the host is done and nothing of the response was sent.</summary>
    /// <param name="answer">Gets the error, writes the answer and returns true; or returns false, and the error leaves the
    /// pipeline.</param>
    void AnswerFailedCommit(Func<Exception, bool> answer);

    /// <summary>Finds out what an error that left the work was: a connection lost between the rows that an object mapper read, by
    /// the driver's own reader, was not seen by any session. Before the rollback, which takes the connection along.</summary>
    /// <param name="exception">The error.</param>
    /// <returns>What to tell; the error itself where there is nothing to add.</returns>
    Exception Explain(Exception exception);

    /// <summary>Rolls back what is not committed, and ends the sessions. Never throws.</summary>
    /// <param name="how">What led to it, for who uses a session later: <c>its status was NotFound</c>.</param>
    /// <param name="exception">The error; null: none.</param>
    /// <returns>A task that ends when their connections are back.</returns>
    Task RollbackAsync(string how, Exception? exception = null);
}
