using Millpond.Sessions;

namespace Millpond.Hosting;

/// <summary>The sessions of one service scope: one per engine that was asked for, opened without I/O.</summary>
/// <remarks>A host that commits for its users (a request) sets <see cref="Origin"/> and ends the scope by
/// <see cref="CompleteAsync"/> or <see cref="AbandonAsync"/>. Resolving is thread-safe, as services are.</remarks>
internal sealed class SessionScope(IServiceProvider services, EngineRouter router)
{
    private static readonly SessionOrigin Unmanaged = new() { Operation = "a service scope outside a request" };

    private readonly Lock _lock = new();
    private List<(string Name, DbSession Session)>? _sessions;

    /// <summary>Gets or sets who opens the sessions.</summary>
    public SessionOrigin? Origin { get; set; }

    /// <summary>Gets or sets what changes the engine's session defaults for this scope.</summary>
    public Action<DbSessionOptions>? Configure { get; set; }

    /// <summary>Gets whether any session was asked for.</summary>
    public bool IsUsed => _sessions is not null;

    public IReadOnlyList<DbSession> Sessions
    {
        get
        {
            lock (_lock)
            {
                return _sessions is null ? [] : [.. _sessions.Select(static one => one.Session)];
            }
        }
    }

    /// <summary>Finds or opens the scope's session on an engine.</summary>
    public DbSession Open(string engineName)
    {
        lock (_lock)
        {
            foreach (var (name, opened) in _sessions ?? [])
            {
                if (name == engineName)
                {
                    return opened;
                }
            }

            var engine = router.Route(services, engineName);
            var options = engine.SessionDefaults.Copy();
            Configure?.Invoke(options);
            var session = engine.OpenSession(options, Origin ?? Unmanaged);
            (_sessions ??= []).Add((engineName, session));
            return session;
        }
    }

    /// <summary>Begins anew in a scope whose sessions have ended (S08): the same sessions, new units of work.</summary>
    public void Rearm(SessionOrigin origin, Action<DbSessionOptions>? configure)
    {
        Origin = origin;
        Configure = configure;
        foreach (var session in Sessions)
        {
            if (session.State == SessionState.Ended)
            {
                var options = session.Options.Copy();
                configure?.Invoke(options);
                session.Rearm(options, origin);
            }
        }
    }

    /// <summary>Commits every session in the order of their opening; after the first failure the rest is rolled back.</summary>
    public async Task CompleteAsync(string how)
    {
        var sessions = Sessions;
        for (var i = 0; i < sessions.Count; i++)
        {
            try
            {
                await sessions[i].CompleteAsync(how).ConfigureAwait(false);
            }
            catch
            {
                await AbandonAsync("another session of the same scope could not commit").ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>Rolls every session back. Never throws.</summary>
    public async Task AbandonAsync(string how)
    {
        foreach (var session in Sessions)
        {
            await session.AbandonAsync(how).ConfigureAwait(false);
        }
    }
}
