namespace Millpond.Sessions;

/// <content>What is to be done around the end of its transaction (S12), and what forbids a retry (S17).</content>
public sealed partial class DbSession
{
    /// <summary>Gets what the user keeps with the session; it goes with its end.</summary>
    public IDictionary<object, object?> Items => _items ??= [];

    /// <summary>Has something done right before the next commit, inside the transaction.</summary>
    /// <param name="hook">Does it, and may write with this session; its token is the commit's. When it throws, the commit fails
    /// with its error, and nothing is committed.</param>
    /// <remarks>
    /// In the order of registration; hooks may register more. They run also where the session executed nothing, and not where it
    /// rolls back. A hook belongs to the transaction it was registered in: a commit, a rollback and a rollback to a savepoint set
    /// before take it away; one that throws stays for the next try. It cannot commit the session that it runs in: <see
    /// cref="SessionConcurrencyException"/>.
    /// </remarks>
    /// <exception cref="SessionEndedException">The session is over.</exception>
    public void BeforeCommit(Func<CancellationToken, Task> hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        _unit.AddingHooks().BeforeCommit(hook);
    }

    /// <summary>Has something done after the next commit, once the connection is back and before the response leaves.</summary>
    /// <param name="hook">Does it. Its token fires after the engine's <c>HookTimeout</c>; then nobody waits for it any
    /// longer.</param>
    /// <remarks>
    /// In the order of registration, each by itself: one that throws or takes too long is logged, and changes neither the others
    /// nor the response, since the work is committed. A rollback to a savepoint set before takes the hook away, and so does a
    /// commit whose outcome is unknown. It is not durable: a process that ends before has not done it. In a session with <see
    /// cref="SessionMode.Autocommit"/>, outside of a transaction begun by <see cref="BeginAsync"/>, the statements before it are
    /// committed already: the hook runs at the next commit or rollback or at the session's end, whatever its outcome.
    /// </remarks>
    /// <exception cref="SessionEndedException">The session is over.</exception>
    public void AfterCommit(Func<CancellationToken, Task> hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        _unit.AfterCommit(new AfterCommitHook(hook));
    }

    /// <summary>Has something done after the next commit with a session of its own, since this one is over by then.</summary>
    /// <param name="hook">Does it. Its session is new, leases a connection with its first statement, and is committed when the
    /// hook returns. A hook that may run twice asks for retries itself: <c>DbEngine.RunAsync</c> with options.</param>
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
            async (session, token) =>
            {
                await hook(session, token).ConfigureAwait(false);
                return true;
            },
            end));
    }

    /// <summary>Has something done when the transaction is rolled back, once the connection is back.</summary>
    /// <param name="hook">Does it, and is told why. Its token fires after the engine's <c>HookTimeout</c>.</param>
    /// <remarks>
    /// For undoing what the database cannot: a file, a message. In the order of registration, each by itself; errors are logged.
    /// Registered inside a savepoint that is rolled back, it runs at the end of the session's transaction, whatever that is. A
    /// commit whose outcome nobody knows takes it away. In a session with <see cref="SessionMode.Autocommit"/> it is for the
    /// transaction begun by <see cref="BeginAsync"/> that it is registered in; outside of one it never runs, since each statement
    /// is committed by itself, whatever becomes of the session.
    /// </remarks>
    /// <exception cref="SessionEndedException">The session is over.</exception>
    public void AfterRollback(Func<SessionRollback, CancellationToken, Task> hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        _unit.AfterRollback(hook);
    }

    /// <exception cref="SessionEndedException">The session is over.</exception>
    internal void ThrowIfOver() => _unit.ThrowIfOver();

    internal void AfterCommit(AfterCommitHook hook) => _unit.AfterCommit(hook);

    /// <summary>Says that the work did something outside of the database, so that it is never done again.</summary>
    /// <param name="what">What, for the log: <c>charged the card</c>.</param>
    /// <remarks>It counts to the session's end, and for all work that the session was opened in. See <see
    /// cref="DbSessionOptions.Retries"/>.</remarks>
    /// <exception cref="ArgumentException">It is empty.</exception>
    /// <exception cref="SessionEndedException">The session is over.</exception>
    public void MarkExternalEffect(string what)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(what);
        _unit.MarkExternalEffect(what);
    }
}
