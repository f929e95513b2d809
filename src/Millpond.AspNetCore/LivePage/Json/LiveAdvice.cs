namespace Millpond.AspNetCore.LivePage.Json;

/// <summary>How many connections the load of the last hour needs.</summary>
/// <param name="Needed">How many.</param>
/// <param name="NeededWithoutIdle">How many, if no session held its connection idle.</param>
/// <param name="Busy">How many were in use on average.</param>
/// <param name="WaitMs">How long 99 of 100 sessions would wait at most.</param>
internal sealed record LiveAdvice(int Needed, int NeededWithoutIdle, double Busy, double WaitMs);
