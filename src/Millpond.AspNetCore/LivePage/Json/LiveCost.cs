namespace Millpond.AspNetCore.LivePage.Json;

/// <summary>What an operation has recently cost the pool, including the sessions that hold a connection now.</summary>
/// <param name="Operation">Its name.</param>
/// <param name="Share">Its share of the time for which connections were held: 0 to 1.</param>
/// <param name="IdleShare">For which share of its own time no command was running: 0 to 1.</param>
/// <param name="Holding">How many of its sessions hold a connection now.</param>
/// <param name="PoolTimeMs">For how long its sessions held connections.</param>
/// <param name="IdleMs">For how long one of its sessions held a connection without running a command, on average.</param>
internal sealed record LiveCost(
    string Operation, double Share, double IdleShare, int Holding, double PoolTimeMs, double IdleMs);
