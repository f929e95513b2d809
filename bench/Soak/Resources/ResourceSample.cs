using Millpond.Soak.Service;

namespace Millpond.Soak.Resources;

/// <summary>What the service held at one instant.</summary>
/// <param name="At">When, from the start of the run.</param>
/// <param name="IsCalm">Whether no fault was on or just over.</param>
/// <param name="State">What it says of itself.</param>
/// <param name="Connections">How many connections of its the server sees; null: it sees nothing.</param>
internal sealed record ResourceSample(TimeSpan At, bool IsCalm, ServiceState State, int? Connections);
