using System.Text.Json.Serialization;

namespace Bank.Health;

/// <summary>What a health check answers.</summary>
/// <param name="Status"><c>live</c> or <c>ready</c>.</param>
/// <param name="Degraded">What is wrong although the program can serve; left out when nothing is.</param>
internal sealed record HealthState(
    string Status, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Degraded = null);
