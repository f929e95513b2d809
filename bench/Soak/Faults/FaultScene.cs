using Millpond.Soak.Database;
using Millpond.Soak.Load;

namespace Millpond.Soak.Faults;

/// <summary>What a fault can get at.</summary>
/// <param name="Database">The server.</param>
/// <param name="Network">What leads the service to it.</param>
/// <param name="Clients">The service's clients.</param>
internal sealed record FaultScene(SoakDatabase Database, FaultProxy Network, Clients Clients);
