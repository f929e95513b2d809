using System.Runtime.CompilerServices;
using Millpond.Leasing;
using Millpond.Sessions;
using Millpond.Transactions;
using Millpond.Transactions.Hooks;

namespace Millpond.Hosting;

/// <summary>The sessions of a service scope, one per engine, opened without I/O.</summary>
/// <remarks>A host that commits, such as a request, manages the scope from <see cref="ManageAsync"/> to
/// <see cref="CompleteAsync"/> or <see cref="AbandonAsync"/>, followed by <see cref="Release"/>. Before that its sessions are
/// read-only (S24), as is a session that is first resolved after the commit point. A session that is resolved after the end has
/// already ended, because nothing would commit it. Resolving is thread-safe, as in every container. The scope is its own lock,
/// because every request has one.</remarks>
internal sealed class SessionScope(IServiceProvider services, EngineRouter router, ScopeNames names)
{
    private DbSession[] _sessions = [];   // the array is replaced under the lock but never changed, so reading it needs no lock
    private SessionOwner? _owner;
    private string? _commitPoint;
    private string? _end;

    public bool IsManaged { get; private set; }

    /// <summary>Gets the host that does not manage the scope, and the reason; null if none is known.</summary>
    public (string Name, string Reason)? Bypassed { get; private set; }

    /// <summary>Gets whether a session was resolved.</summary>
    public bool IsUsed => Volatile.Read(ref _sessions).Length > 0;

    public bool IsHolding => Array.Exists(Volatile.Read(ref _sessions), static one => one.Unit.IsHolding);

    public IReadOnlyList<DbSession> Sessions => Volatile.Read(ref _sessions);

    public DbSession Open(string engineName)
    {
        lock (this)
        {
            foreach (var opened in _sessions)
            {
                if (opened.Key == engineName)
                {
                    return opened;
                }
            }

            var engine = router.Find(services, engineName);
            var session = engine.OpenSession(OptionsOf(engine.Services), Describe());
            session.Key = engineName;
            Volatile.Write(ref _sessions, [.. _sessions, session]);
            if (_end is not null)
            {
                _ = session.AbandonAsync(_end);   // completes synchronously, because it has no lease
            }
            else if (_commitPoint is not null)
            {
                session.BeginReading(_commitPoint);
            }

            return session;
        }
    }

    /// <summary>Begins the management of the scope. The sessions that were already used are restarted as the same objects:
    /// after their end (S08), or after authentication or a hub's authorization has read with them (S24).</summary>
    public async ValueTask ManageAsync(SessionOwner owner)
    {
        await RestartAsync(owner, Bypassed).ConfigureAwait(false);
        IsManaged = true;
    }

    /// <summary>Records that a host does not manage the scope, for the errors of sessions that write.</summary>
    public void Bypass(string name, string reason) => Bypassed ??= (name, reason);

    /// <summary>Ends the management, so the scope can be managed again.</summary>
    public void Release() => IsManaged = false;

    /// <summary>Restarts the sessions of failed work, so that an error handler can read (S24).</summary>
    public ValueTask BeginAgainAsync(string name) => RestartAsync(owner: null, (name, "its work has failed"));

    /// <summary>Commits the sessions in the order in which they were opened; afterwards they are read-only (S09). If there are
    /// several, all are checked before the first one commits, and hooks run after the last COMMIT. After a failure the
    /// remaining ones are rolled back.</summary>
    public ValueTask CompleteAsync(string how)
    {
        var sessions = Pass(how);
        return sessions.Length == 0 ? default : CommitAllAsync(sessions, how);
    }

    /// <summary>Rolls back all sessions. Never throws.</summary>
    public async Task AbandonAsync(string how, Exception? error = null)
    {
        foreach (var session in End(how))
        {
            await session.AbandonAsync(how, error).ConfigureAwait(false);
        }
    }

    private async ValueTask RestartAsync(SessionOwner? owner, (string Name, string Reason)? bypassed)
    {
        DbSession[] opened;
        string? how;
        lock (this)
        {
            how = owner is null ? _end ?? _commitPoint : null;
            (_owner, _commitPoint, _end, Bypassed) = (owner, null, null, bypassed);
            opened = _sessions;
        }

        foreach (var session in opened)
        {
            await session.RestartAsync(OptionsOf(session.Services), Describe(how)).ConfigureAwait(false);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask CommitAllAsync(DbSession[] sessions, string how)
    {
        List<(DbSession Session, DueHooks Hooks)>? due = null;
        DbSession? committing = null;
        try
        {
            if (sessions.Length > 1)
            {
                await CheckAsync(sessions).ConfigureAwait(false);
            }

            foreach (var session in sessions)
            {
                if (_owner?.Refuse(session) is { } refusal)
                {
                    await session.AbandonAsync(refusal).ConfigureAwait(false);
                    continue;
                }

                committing = session;
                if (await session.CommitAndReadAsync(how).ConfigureAwait(false) is { } hooks)
                {
                    (due ??= []).Add((session, hooks));
                }

                committing = null;
            }
        }
        catch (Exception error)
        {
            await (committing?.AbandonAsync("its commit failed", error) ?? Task.CompletedTask).ConfigureAwait(false);
            await AbandonAsync("a session of the same scope could not commit", error).ConfigureAwait(false);
            throw;
        }
        finally
        {
            if (due is not null)
            {
                foreach (var (session, hooks) in due)
                {
                    await session.RunAsync(hooks).ConfigureAwait(false);   // also if a later session failed
                }
            }
        }
    }

    /// <summary>Runs the hooks before the commits, then checks that each session can commit.</summary>
    /// <remarks>Repeats the hooks while there are any, because a hook may write to another session or register hooks
    /// there.</remarks>
    private async Task CheckAsync(DbSession[] sessions)
    {
        var committing = Array.FindAll(sessions, one => _owner?.Refuse(one) is null);
        do
        {
            foreach (var session in committing)
            {
                await UnitCommit.PrepareAsync(session.Unit).ConfigureAwait(false);
            }
        }
        while (Array.Exists(committing, static one => one.Unit.Hooks.HasBeforeCommit));

        foreach (var session in committing)
        {
            await UnitCommit.CheckAsync(session.Unit).ConfigureAwait(false);
        }
    }

    /// <summary>Passes the commit point. Sessions that are opened later are read-only.</summary>
    public DbSession[] Pass(string how)
    {
        lock (this)
        {
            _commitPoint ??= how;
            return _sessions;
        }
    }

    private DbSession[] End(string how)
    {
        lock (this)
        {
            _end ??= _commitPoint ?? how;
            return _sessions;
        }
    }

    private DbSessionOptions OptionsOf(SessionServices engine)
    {
        if (_owner is not null || engine.Defaults.Mode != SessionMode.Transaction)
        {
            return _owner?.OptionsFrom(engine.Defaults) ?? engine.Defaults;
        }

        var options = engine.Defaults.Copy();
        options.Access = SessionAccess.ReadOnly;
        return options;
    }

    /// <param name="how">How the session ended before, if it is restarted after a failure.</param>
    private SessionOrigin Describe(string? how = null)
    {
        var origin = _owner?.Describe() ?? new UnmanagedOrigin(this, names.Find?.Invoke(services)
            ?? (SessionFlow.Current?.Work is { } work ? $"a service scope in {work}" : "a service scope")) { EndedBefore = how };
        origin.Services = services;
        return origin;
    }
}
