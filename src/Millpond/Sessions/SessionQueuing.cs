using System.Data.Common;
using System.Runtime.CompilerServices;
using Millpond.AdoNet;
using Millpond.Leasing;

namespace Millpond;

/// <summary>Queues statements whose results are not needed.</summary>
public static class SessionQueuing
{
    /// <summary>Queues a statement whose result is not needed. It is sent with the session's next statement or with its commit,
    /// in the same round trip.</summary>
    /// <remarks>
    /// <para>Nothing is sent now. Queued statements run in their order, before any later statement of the session and before
    /// its commit. If one fails, the call that sent it throws <see cref="QueuedStatementException"/>, and the transaction can
    /// only be rolled back. An inner transaction (<see cref="DbSession.BeginTransactionAsync"/>) sends queued statements when
    /// it begins and when it commits; its rollback drops those queued inside it.</para>
    /// <para>The text, the parameters and arrays in them are copied now, so the command can be changed, reused and disposed.
    /// The cancellation token and <c>CommandTimeout</c> are those of the statement that is sent with it; with a commit, the
    /// engine's <c>CleanupTimeout</c> applies. If the session ends without a commit, it is not sent.</para>
    /// </remarks>
    /// <param name="session">The session.</param>
    /// <param name="command">A command with one statement, created by <c>Connection.CreateCommand()</c> of this
    /// session.</param>
    /// <param name="member">Set by the compiler, for messages.</param>
    /// <param name="file">Set by the compiler, for messages.</param>
    /// <param name="line">Set by the compiler, for messages.</param>
    /// <exception cref="ArgumentException">The command belongs to another session, is not one statement, or has a parameter
    /// that can be read only once, such as a stream.</exception>
    /// <exception cref="InvalidOperationException">1,000 statements are queued.</exception>
    /// <exception cref="NotSupportedException">Each statement of this session commits on its own (<see
    /// cref="SessionMode.Autocommit"/>); or the command is not SQL text, begins or ends a transaction, or has an output
    /// parameter.</exception>
    /// <exception cref="ReadOnlySessionException">The session is read-only.</exception>
    /// <exception cref="SessionAbortedException">An earlier statement failed, so nothing can follow.</exception>
    /// <exception cref="SessionConcurrencyException">A command is running.</exception>
    /// <exception cref="SessionEndedException">The session has ended, or is past its commit point.</exception>
    public static void Queue(
        this DbSession session,
        DbCommand command,
        [CallerMemberName] string member = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(command);
        if (command is not SessionCommand own)
        {
            throw new ArgumentException("Create the command by Connection.CreateCommand() of the session.", nameof(command));
        }

        own.Queue(session.Unit, new CodeSite(member, file, line));
    }
}
