using System.Runtime.CompilerServices;
using Millpond.Leasing;
using Millpond.Sessions;
using Millpond.Transactions;
using Millpond.Transactions.Hooks;

namespace Millpond.Hosting;

/// <summary>The sessions of one service scope: one per engine that was asked for, opened without I/O.</summary>
/// <remarks>A host that commits for its users (a request) keeps the scope from <see cref="KeepAsync"/> on, ends it by <see
/// cref="CompleteAsync"/> or <see cref="AbandonAsync"/>, and then releases it by <see cref="Release"/>. Before that its sessions
/// only read (S24); so does one first asked for after the commit point, and after the end it is born ended: nobody would commit
/// it. Resolving is thread-safe, as services are; the scope is its own lock, because every request has one.</remarks>
internal sealed class SessionScope(IServiceProvider services, EngineRouter router, ScopeNames names)
{
    private DbSession[] _sessions = [];   // never changed, but replaced under the lock: a snapshot costs nothing
    private SessionKeeper? _keeper;
    private string? _commitPoint;
    private string? _end;

    public bool IsKept { get; private set; }

    /// <summary>Gets who leaves the scope's sessions alone, and why; null: nobody who would know of it.</summary>
    public (string Name, string Reason)? Bypassed { get; private set; }

    /// <summary>Gets whether any session was asked for.</summary>
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
                _ = session.AbandonAsync(_end);   // completes at once: it has leased nothing
            }
            else if (_commitPoint is not null)
            {
                session.BeginReading(_commitPoint);
            }

            return session;
        }
    }

    /// <summary>
    /// Takes charge of the scope. Sessions that were used before begin again, the same objects: after their end (S08), and
    /// after what authentication or a hub's authorization read by them (S24).
    /// </summary>
    public async ValueTask KeepAsync(SessionKeeper keeper)
    {
        await RestartAsync(keeper, Bypassed).ConfigureAwait(false);
        IsKept = true;
    }

    /// <summary>Notes that a host leaves the scope's sessions alone, for what they say of a write.</summary>
    public void Bypass(string name, string reason) => Bypassed ??= (name, reason);

    /// <summary>Gives up the charge, so that the same scope can be kept again.</summary>
    public void Release() => IsKept = false;

    /// <summary>Begins the sessions of work that failed again, so that whoever answers the error can read (S24).</summary>
    public ValueTask BeginAgainAsync(string name) => RestartAsync(keeper: null, (name, "its work has failed"));

    /// <summary>Commits the sessions in the order of their opening, and they only read from then on (S09). Where there are
    /// several, none commits before all have been checked, and hooks run after the last COMMIT. After a failure the rest is
    /// rolled back.</summary>
    public ValueTask CompleteAsync(string how)
    {
        var sessions = Pass(how);
        return sessions.Length == 0 ? default : CommitAllAsync(sessions, how);
    }

    /// <summary>Rolls every session back. Never throws.</summary>
    public async Task AbandonAsync(string how, Exception? error = null)
    {
        foreach (var session in End(how))
        {
            await session.AbandonAsync(how, error).ConfigureAwait(false);
        }
    }

    private async ValueTask RestartAsync(SessionKeeper? keeper, (string Name, string Reason)? bypassed)
    {
        DbSession[] opened;
        string? how;
        lock (this)
        {
            how = keeper is null ? _end ?? _commitPoint : null;
            (_keeper, _commitPoint, _end, Bypassed) = (keeper, null, null, bypassed);
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
        List<(DbSession Session, HooksDue Hooks)>? due = null;
        DbSession? committing = null;
        try
        {
            if (sessions.Length > 1)
            {
                await CheckAsync(sessions).ConfigureAwait(false);
            }

            foreach (var session in sessions)
            {
                if (_keeper?.Refuse(session) is { } refusal)
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
                    await session.RunAsync(hooks).ConfigureAwait(false);   // what is committed stays so, whatever failed after it
                }
            }
        }
    }

    /// <summary>Runs what comes before the commits, and finds out whether each can succeed.</summary>
    /// <remarks>Hooks first, and as long as there are any: one may write to another session, or register more there.</remarks>
    private async Task CheckAsync(DbSession[] sessions)
    {
        var committing = Array.FindAll(sessions, one => _keeper?.Refuse(one) is null);
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

    /// <summary>Notes the commit point: sessions opened from now on only read.</summary>
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
        if (_keeper is not null || engine.Defaults.Mode != SessionMode.Transaction)
        {
            return _keeper?.OptionsFrom(engine.Defaults) ?? engine.Defaults;
        }

        var options = engine.Defaults.Copy();
        options.Access = SessionAccess.ReadOnly;
        return options;
    }

    /// <param name="how">How the session ended before, where it begins again after its work failed.</param>
    private SessionOrigin Describe(string? how = null)
    {
        var origin = _keeper?.Describe() ?? new UnmanagedOrigin(this, names.Find?.Invoke(services)
            ?? (SessionFlow.Current?.Work is { } work ? $"a service scope in {work}" : "a service scope")) { EndedBefore = how };
        origin.Services = services;
        return origin;
    }
}
