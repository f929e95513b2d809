using Millpond.Leasing;

namespace Millpond.Hosting;

/// <summary>
/// Who commits or rolls back a scope's sessions for the user: a request. Asked only when a session is really opened.
/// </summary>
internal abstract class SessionKeeper
{
    /// <summary>Says who opens a session, under what circumstances.</summary>
    public abstract SessionOrigin Describe();

    /// <summary>Changes the engine's session defaults.</summary>
    public abstract void Configure(DbSessionOptions options);
}
