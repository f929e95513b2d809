using Millpond.AdoNet;
using Millpond.Leasing;
using Millpond.Providers;

namespace Millpond.Sessions;

/// <summary>What every session of one engine shares, its face to the user included. Thread-safe.</summary>
internal sealed class SessionServices : LeaseServices
{
    /// <summary>Gets the engine itself, whose class this folder does not know.</summary>
    public required object Engine { get; init; }

    /// <summary>Gets how the engine's sessions behave where nothing else is said; nobody changes it.</summary>
    public required DbSessionOptions Defaults { get; init; }

    public required SynchronousCalls SynchronousCalls { get; init; }

    /// <summary>Gets what makes the provider's own facade class (F03).</summary>
    public required Func<SessionHandle, SessionConnection> CreateFacade { get; init; }
}
