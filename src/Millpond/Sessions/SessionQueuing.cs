using System.Data.Common;
using System.Runtime.CompilerServices;
using Millpond.AdoNet;
using Millpond.Leasing;

namespace Millpond;

/// <summary>Queues statements whose result nobody waits for.</summary>
public static class SessionQueuing
{
    /// <summary>Queues a statement whose result nobody waits for. It is sent with the session's next statement or with its
    /// commit, in the same round trip.</summary>
    /// <remarks>
    /// <para>Nothing is sent now. Queued statements run in their order, before any later statement of the session and before its
    /// commit. If one fails, the call that sent it throws <see cref="QueuedStatementException"/>, and the transaction can only be
    /// rolled back. A transaction inside the session's own (<see cref="DbSession.BeginTransactionAsync"/>) sends what is queued
    /// when it begins and when it commits; its rollback drops what was queued inside it.</para>
    /// <para>The text, the parameters and arrays in them are copied now, so the command can be changed, used again and disposed.
    /// The cancellation token and <c>CommandTimeout</c> are those of the statement that takes it along; together with a commit it
    /// has the engine's <c>CleanupTimeout</c>. If the session ends without a commit, it is not sent.</para>
    /// </remarks>
    /// <param name="session">The session.</param>
    /// <param name="command">A command with one statement, made by <c>Connection.CreateCommand()</c> of this session.</param>
    /// <param name="member">Filled in by the compiler, for messages.</param>
    /// <param name="file">Filled in by the compiler, for messages.</param>
    /// <param name="line">Filled in by the compiler, for messages.</param>
    /// <exception cref="ArgumentException">The command belongs to another session, is not one statement, or has a parameter that
    /// can be read only once, such as a stream.</exception>
    /// <exception cref="InvalidOperationException">1,000 statements are queued.</exception>
    /// <exception cref="NotSupportedException">Each statement of this session commits by itself (<see
    /// cref="SessionMode.Autocommit"/>); or the command is not SQL text, begins or ends a transaction, or has an output
    /// parameter.</exception>
    /// <exception cref="ReadOnlySessionException">The session only reads.</exception>
    /// <exception cref="SessionAbortedException">An earlier statement failed, so that nothing may follow.</exception>
    /// <exception cref="SessionConcurrencyException">A command is running.</exception>
    /// <exception cref="SessionEndedException">The session is over, or past its commit point.</exception>
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
