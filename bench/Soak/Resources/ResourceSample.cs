using Millpond.Soak.Service;

namespace Millpond.Soak.Resources;

/// <summary>The resources of the service at one instant.</summary>
/// <param name="At">The time since the start of the run.</param>
/// <param name="IsCalm">Whether there was no fault and no recovery.</param>
/// <param name="State">The service's own numbers.</param>
/// <param name="Connections">The service's connections according to the server; null if the server is down.</param>
internal sealed record ResourceSample(TimeSpan At, bool IsCalm, ServiceState State, int? Connections);
