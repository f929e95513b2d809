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
    /// <summary>Commits the request's sessions now; they only read from then on (S09).</summary>
    /// <returns>A task that ends when they are committed and their connections are back.</returns>
    /// <exception cref="MillpondException">The commit failed, and nothing is committed; the caller tells the client.</exception>
    /// <exception cref="System.Data.Common.DbException">The database refused.</exception>
    /// <exception cref="OperationCanceledException">The client has left.</exception>
    Task CommitAsync();

    /// <summary>Rolls back what is not committed, and ends the sessions. Never throws.</summary>
    /// <param name="how">What led to it, for who uses a session later: <c>its status was NotFound</c>.</param>
    /// <param name="exception">The error; null: none.</param>
    /// <returns>A task that ends when their connections are back.</returns>
    Task RollbackAsync(string how, Exception? exception = null);
}
