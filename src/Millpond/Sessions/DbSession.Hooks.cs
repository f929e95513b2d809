using Millpond.Leasing;
using Millpond.Sessions;
using Millpond.Transactions.Hooks;

namespace Millpond;

/// <content>Hooks around the end of its transaction, and what prevents a retry.</content>
public sealed partial class DbSession
{
    /// <summary>Registers a hook that runs right before the next commit, inside the transaction.</summary>
    /// <param name="hook">The hook, which may write with this session. It receives the commit's token. If it throws, the commit
    /// fails with its exception, and nothing is committed.</param>
    /// <remarks>Hooks run in the order of their registration and may register more. They run even if the session executed
    /// nothing, but not if it rolls back. A hook belongs to the transaction in which it was registered: a commit, a rollback
    /// and a rollback to an earlier savepoint remove it; one that throws stays for the next attempt. A hook cannot commit its
    /// own session: <see cref="SessionConcurrencyException"/>.</remarks>
    /// <exception cref="SessionEndedException">The session has ended.</exception>
    public void BeforeCommit(Func<CancellationToken, Task> hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        _unit.Hooks.BeforeCommit(hook);
    }

    /// <summary>Registers a hook that runs after the next commit, when the connection is returned and before the response is
    /// sent.</summary>
    /// <param name="hook">The hook. Its token is cancelled after the engine's <c>HookTimeout</c>; then the response no longer
    /// waits for it.</param>
    /// <remarks>Hooks run in the order of their registration and independently of each other. One that throws or takes too long
    /// is logged and affects neither the others nor the response, because the work is committed. A rollback to an earlier
    /// savepoint removes the hook, and so does a commit whose outcome is unknown. Hooks are not durable: they are lost when the
    /// process ends. In a session with <see cref="SessionMode.Autocommit"/>, outside a transaction begun with <see
    /// cref="BeginTransactionAsync"/>, the preceding statements are already committed: the hook runs at the next commit or
    /// rollback or at the session's end, whatever its outcome.</remarks>
    /// <exception cref="SessionEndedException">The session has ended.</exception>
    public void AfterCommit(Func<CancellationToken, Task> hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        _unit.Hooks.AfterCommit(new AfterCommitHook(hook));
    }

    /// <summary>Registers a hook that runs after the next commit with a new session, because this one has ended by
    /// then.</summary>
    /// <param name="hook">The hook. Its session takes a connection with its first statement and is committed when the hook
    /// returns. It is not retried; a hook that may run twice can call <c>DbEngine.RunAsync</c> with <c>Retries</c>.</param>
    /// <inheritdoc cref="AfterCommit(Func{CancellationToken, Task})" path="/remarks|/exception"/>
    public void AfterCommit(Func<DbSession, CancellationToken, Task> hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        var unit = _unit;
        AfterCommit(end => SessionRun.RunAsync<bool>(
            _ => new DbSession(_services, _services.Defaults.Copy().SetRetries(0), new SessionOrigin
            {
                Operation = $"AfterCommit of {unit.Origin.Operation}",
                Aborted = end,
                Services = unit.Origin.Services,
            }),
            hook.WithResult(),
            end));
    }

    /// <summary>Registers a hook that runs if the transaction is rolled back, when the connection is returned.</summary>
    /// <param name="hook">The hook, with the reason. Its token is cancelled after the engine's <c>HookTimeout</c>.</param>
    /// <remarks>Use it to undo what the database cannot: a file, a message. Hooks run in the order of their registration and
    /// independently of each other; errors are logged. A hook registered inside a savepoint that is rolled back runs at the end
    /// of the session's transaction, whatever its outcome. A commit whose outcome is unknown removes it. In a session with <see
    /// cref="SessionMode.Autocommit"/> it belongs to the transaction begun with <see cref="BeginTransactionAsync"/> in which it
    /// is registered; outside a transaction it never runs, because each statement is committed immediately.</remarks>
    /// <exception cref="SessionEndedException">The session has ended.</exception>
    public void AfterRollback(Func<SessionRollback, CancellationToken, Task> hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        _unit.Hooks.AfterRollback(hook);
    }

    /// <summary>Declares that the work had an effect outside the database, which prevents a retry.</summary>
    /// <param name="what">The effect, for the log: <c>charged the card</c>.</param>
    /// <remarks>It applies until the session's end, and to all work around the session. See <see
    /// cref="DbSessionOptions.Retries"/>.</remarks>
    /// <exception cref="ArgumentException"><paramref name="what"/> is empty.</exception>
    /// <exception cref="SessionEndedException">The session has ended.</exception>
    public void MarkExternalEffect(string what)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(what);
        _unit.Hooks.MarkExternalEffect(what);
    }
}
