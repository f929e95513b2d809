namespace Millpond.AspNetCore.LivePage.Json;

/// <summary>A session that waits.</summary>
/// <param name="SessionId">Its number.</param>
/// <param name="Operation">The operation that opened it.</param>
/// <param name="WaitedMs">How long it has waited.</param>
/// <param name="WaitsToWrite">Whether it waits for the write permit instead of a connection.</param>
internal sealed record LiveWaiter(long SessionId, string Operation, double WaitedMs, bool WaitsToWrite);
