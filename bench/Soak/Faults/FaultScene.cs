using Millpond.Soak.Database;
using Millpond.Soak.Load;

namespace Millpond.Soak.Faults;

/// <summary>The targets of faults.</summary>
/// <param name="Database">The server.</param>
/// <param name="Network">The network between the service and the server.</param>
/// <param name="Clients">The service's clients.</param>
internal sealed record FaultScene(SoakDatabase Database, FaultProxy Network, Clients Clients);
