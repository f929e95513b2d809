using Millpond.Admission;
using Millpond.Leasing;

namespace Millpond;

/// <summary>A session that waits for a permit, at one instant.</summary>
public readonly record struct WaiterSnapshot
{
    /// <summary>Gets the session's number.</summary>
    public long SessionId { get; init; }

    /// <summary>Gets the operation that opened it: <c>GET /reports</c>, or a method with its file and line.</summary>
    public string Operation { get; init; }

    /// <summary>Gets how long it has waited.</summary>
    public TimeSpan Waited { get; init; }

    /// <summary>Gets whether it waits for the write permit instead of a connection.</summary>
    public bool WaitsToWrite { get; init; }

    /// <summary>Describes the first waiting sessions of a gate.</summary>
    internal static IEnumerable<WaiterSnapshot> Of(SessionGate? gate, int most, bool toWrite)
    {
        foreach (var waiting in gate?.GetWaiters(most) ?? [])
        {
            if (waiting.Caller is LeaseHolder holder)
            {
                yield return new WaiterSnapshot
                {
                    SessionId = holder.Id,
                    Operation = holder.Origin.Operation,
                    Waited = waiting.Waited,
                    WaitsToWrite = toWrite,
                };
            }
        }
    }
}
