namespace Bank.Health;

/// <summary>What a health check answers.</summary>
/// <param name="Status"><c>live</c> or <c>ready</c>.</param>
internal sealed record HealthState(string Status);
