using Millpond.AdoNet;
using Millpond.Leasing;
using Millpond.Providers;

namespace Millpond.Sessions;

/// <summary>The services that all sessions of an engine share. Thread-safe.</summary>
internal sealed class SessionServices : LeaseServices
{
    /// <summary>Gets the engine. This folder does not know its class.</summary>
    public required object Engine { get; init; }

    /// <summary>Gets the engine's default session options, which are read-only.</summary>
    public required DbSessionOptions Defaults { get; init; }

    public required SynchronousCalls SynchronousCalls { get; init; }

    /// <summary>Gets the factory of the provider's connection class (F03).</summary>
    public required Func<SessionHandle, SessionConnection> CreateFacade { get; init; }
}
