namespace Millpond.AspNetCore.LivePage.Json;

/// <summary>What an operation has cost the pool since the start.</summary>
/// <param name="Operation">Its name.</param>
/// <param name="Sessions">How often its sessions held a connection.</param>
/// <param name="PoolTimeMs">For how long, added up.</param>
/// <param name="Share">Its share of the time of all operations: 0 to 1.</param>
/// <param name="IdleShare">For which share of its own time no command was running: 0 to 1.</param>
/// <param name="MeanMs">How long a session held its connection, on average.</param>
/// <param name="P99Ms">How long 99 of 100 sessions held theirs at most.</param>
/// <param name="Rollbacks">How many were rolled back.</param>
/// <param name="Rejections">How many were rejected or timed out.</param>
/// <param name="Retries">How often its work was retried.</param>
internal sealed record LiveOperation(
    string Operation,
    long Sessions,
    double PoolTimeMs,
    double Share,
    double IdleShare,
    double MeanMs,
    double P99Ms,
    long Rollbacks,
    long Rejections,
    long Retries);
