using Millpond.Leasing;

namespace Millpond.Hosting;

/// <summary>
/// Who commits or rolls back a scope's sessions for the user: a request. Asked only when a session is really opened.
/// </summary>
internal abstract class SessionKeeper
{
    /// <summary>Says who opens a session, under what circumstances.</summary>
    public abstract SessionOrigin Describe();

    /// <summary>Derives a session's options from the engine's.</summary>
    /// <param name="defaults">The engine's own, shared by its sessions: copied where anything is to differ.</param>
    public virtual DbSessionOptions OptionsFrom(DbSessionOptions defaults) => defaults;

    /// <summary>Decides at the commit point.</summary>
    /// <returns>Why the session is rolled back; null: it commits.</returns>
    public virtual string? Refuse(DbSession session) => null;
}
