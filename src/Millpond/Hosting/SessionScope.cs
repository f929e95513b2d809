using Millpond.Leasing;
using Millpond.Transactions.Hooks;

namespace Millpond.Hosting;

/// <summary>The sessions of one service scope: one per engine that was asked for, opened without I/O.</summary>
/// <remarks>A host that commits for its users (a request) keeps the scope from <see cref="KeepAsync"/> on, ends it by <see
/// cref="CompleteAsync"/> or <see cref="AbandonAsync"/>, and then releases it by <see cref="Release"/>. Before that its sessions
/// only read (S24); so does one first asked for after the commit point, and after the end it is born ended: nobody would commit
/// it. Resolving is thread-safe, as services are.</remarks>
internal sealed class SessionScope(IServiceProvider services, EngineRouter router, ScopeNames names)
{
    private readonly Lock _lock = new();
    private (string Name, DbSession Session)[] _sessions = [];   // never changed, but replaced: a snapshot costs nothing
    private SessionKeeper? _keeper;
    private string? _commitPoint;
    private string? _end;

    /// <summary>Gets whether somebody keeps the scope now.</summary>
    public bool IsKept { get; private set; }

    /// <summary>Gets who leaves the scope's sessions alone, and why; null: nobody who would know of it.</summary>
    public (Func<string> Name, string Reason)? Bypassed { get; private set; }

    /// <summary>Gets whether any session was asked for.</summary>
    public bool IsUsed => Volatile.Read(ref _sessions).Length > 0;

    /// <summary>Gets whether any of its sessions holds a connection.</summary>
    public bool IsHolding => Array.Exists(Volatile.Read(ref _sessions), static one => one.Session.IsHolding);

    public IReadOnlyList<DbSession> Sessions => Array.ConvertAll(Volatile.Read(ref _sessions), static one => one.Session);

    /// <summary>Finds or opens the scope's session on an engine.</summary>
    public DbSession Open(string engineName)
    {
        lock (_lock)
        {
            foreach (var (name, opened) in _sessions)
            {
                if (name == engineName)
                {
                    return opened;
                }
            }

            var engine = router.Find(services, engineName);
            var session = engine.OpenSession(OptionsOf(engine.Services), Describe());
            Add(engineName, session);
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
        (string Name, DbSession Session)[] opened;
        lock (_lock)
        {
            _keeper = keeper;
            (_commitPoint, _end) = (null, null);
            opened = _sessions;
        }

        foreach (var (_, session) in opened)
        {
            await session.BeginAnewAsync(OptionsOf(session.Services), Describe()).ConfigureAwait(false);
        }

        IsKept = true;
    }

    /// <summary>Notes that a host leaves the scope's sessions alone, for what they say of a write.</summary>
    /// <param name="name">Names the work.</param>
    /// <param name="reason">Why: <c>it is marked WithoutSession</c>.</param>
    public void Bypass(Func<string> name, string reason) => Bypassed ??= (name, reason);

    /// <summary>Gives up the charge, so that the same scope can be kept again.</summary>
    public void Release() => IsKept = false;

    /// <summary>Begins the sessions of work that failed again, so that whoever answers the error can read (S24).</summary>
    /// <param name="name">Names the work.</param>
    public async ValueTask BeginAgainAsync(string name)
    {
        (string Name, DbSession Session)[] opened;
        string? how;
        lock (_lock)
        {
            how = _end ?? _commitPoint;
            (_keeper, _commitPoint, _end) = (null, null, null);
            Bypassed = (() => name, "its work has failed");
            opened = _sessions;
        }

        foreach (var (_, session) in opened)
        {
            await session.BeginAnewAsync(OptionsOf(session.Services), Describe(how)).ConfigureAwait(false);
        }
    }

    /// <summary>Commits the sessions in the order of their opening, and they only read from then on (S09). Where there are
    /// several, none commits before all have been checked, and hooks run after the last COMMIT. After a failure the rest is
    /// rolled back.</summary>
    /// <param name="how">What brought the commit point about, for later users.</param>
    /// <param name="refuse">Returns why a session is to roll back and end instead; null: it commits. Null: all commit.</param>
    public async Task CompleteAsync(string how, Func<DbSession, string?>? refuse = null)
    {
        List<(DbSession Session, HooksDue Hooks)>? due = null;
        try
        {
            var sessions = Pass(how);
            if (sessions.Length > 1)
            {
                await CheckAsync(sessions, refuse).ConfigureAwait(false);
            }

            foreach (var (_, session) in sessions)
            {
                if (refuse?.Invoke(session) is { } refusal)
                {
                    await session.AbandonAsync(refusal).ConfigureAwait(false);
                }
                else if (await session.CommitAndReadAsync(how).ConfigureAwait(false) is { } hooks)
                {
                    (due ??= []).Add((session, hooks));
                }
            }
        }
        catch (Exception error)
        {
            await AbandonAsync("a session of the same scope could not commit", error).ConfigureAwait(false);
            throw;
        }
        finally
        {
            foreach (var (session, hooks) in due ?? [])
            {
                await session.RunAsync(hooks).ConfigureAwait(false);   // what is committed stays so, whatever failed after it
            }
        }
    }

    /// <summary>Rolls every session back. Never throws.</summary>
    /// <param name="how">What ended them, for who comes later.</param>
    /// <param name="error">What led to it, for their hooks; null: none.</param>
    public async Task AbandonAsync(string how, Exception? error = null)
    {
        foreach (var (_, session) in End(how))
        {
            await session.AbandonAsync(how, error).ConfigureAwait(false);
        }
    }

    /// <summary>Runs what comes before the commits, and finds out whether each can succeed.</summary>
    /// <remarks>Hooks first, and as long as there are any: one may write to another session, or register more there.</remarks>
    private static async Task CheckAsync(
        (string Name, DbSession Session)[] sessions, Func<DbSession, string?>? refuse)
    {
        var committing = Array.FindAll(sessions, one => refuse?.Invoke(one.Session) is null);
        do
        {
            foreach (var (_, session) in committing)
            {
                await session.PrepareCommitAsync().ConfigureAwait(false);
            }
        }
        while (Array.Exists(committing, static one => one.Session.HasBeforeCommit));

        foreach (var (_, session) in committing)
        {
            await session.CheckCommitAsync().ConfigureAwait(false);
        }
    }

    private void Add(string name, DbSession session)
    {
        session.Key = name;
        Volatile.Write(ref _sessions, [.. _sessions, (name, session)]);
    }

    private (string Name, DbSession Session)[] Pass(string how)
    {
        lock (_lock)
        {
            _commitPoint ??= how;
            return _sessions;
        }
    }

    private (string Name, DbSession Session)[] End(string how)
    {
        lock (_lock)
        {
            _end ??= _commitPoint ?? how;
            return _sessions;
        }
    }

    private DbSessionOptions OptionsOf(SessionServices engine)
    {
        var options = engine.Defaults.Copy();
        if (_keeper is { } keeper)
        {
            keeper.Configure(options);
        }
        else if (options.Mode == SessionMode.Transaction)
        {
            options.Access = SessionAccess.ReadOnly;
        }

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
