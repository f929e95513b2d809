namespace Millpond.Cli.Top.Page;

/// <summary>What state a pool is in.</summary>
/// <param name="State">Its name.</param>
/// <param name="Severity">ok, warning or critical.</param>
/// <param name="Text">A sentence.</param>
/// <param name="Remedy">What to do, or null.</param>
internal sealed record PageVerdict(string State, string Severity, string Text, string? Remedy)
{
    public bool IsCritical => Severity == "critical";
}
