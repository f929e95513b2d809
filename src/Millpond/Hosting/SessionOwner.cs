using Millpond.Leasing;

namespace Millpond.Hosting;

/// <summary>The owner of a scope's sessions, which commits them or rolls them back: a request, a job, a hub method.</summary>
internal abstract class SessionOwner
{
    /// <summary>Returns the origin of a session. Called only when a session is opened.</summary>
    public abstract SessionOrigin Describe();

    /// <summary>Derives a session's options from the engine's.</summary>
    /// <param name="defaults">The engine's options, which its sessions share. Copied if anything differs.</param>
    public virtual DbSessionOptions OptionsFrom(DbSessionOptions defaults) => defaults;

    /// <summary>Decides at the commit point whether a session is committed.</summary>
    /// <returns>The reason for a rollback; null to commit.</returns>
    public virtual string? Refuse(DbSession session) => null;
}
