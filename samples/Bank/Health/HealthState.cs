using System.Text.Json.Serialization;

namespace Bank.Health;

/// <summary>The response of a health endpoint.</summary>
/// <param name="Status"><c>live</c> or <c>ready</c>.</param>
/// <param name="Degraded">A problem that does not prevent the program from serving; omitted if there is none.</param>
internal sealed record HealthState(
    string Status, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Degraded = null);
