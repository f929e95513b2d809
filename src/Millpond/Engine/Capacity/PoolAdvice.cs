using static System.FormattableString;

namespace Millpond;

/// <summary>How many connections a load needs, by Little's law and Erlang's C formula.</summary>
/// <remarks>It assumes that sessions arrive at random and that the database is as fast with that many connections as it was when
/// the load was measured. Beyond one or two connections per core of the database server, more of them usually only queue
/// there.</remarks>
public sealed record PoolAdvice
{
    private const double Share = 0.99;
    private const int MaxConnections = 100_000;

    /// <summary>Gets how many sessions arrive per second.</summary>
    public double Rate { get; private init; }

    /// <summary>Gets how long a session holds its connection, on average.</summary>
    public TimeSpan Hold { get; private init; }

    /// <summary>Gets how long 99 of 100 sessions may wait for a connection at most.</summary>
    public TimeSpan Wait { get; private init; }

    /// <summary>Gets how many connections are in use on average: the rate times the hold.</summary>
    public double Busy => Rate * Hold.TotalSeconds;

    /// <summary>Gets how many connections are needed.</summary>
    /// <value>At least 1.</value>
    public int Needed { get; private init; }

    /// <summary>Gets how many would be needed if sessions held no connection while they run no command.</summary>
    /// <value>At least 1. Equal to <see cref="Needed"/> if that share is unknown.</value>
    public int NeededWithoutIdle { get; private init; }

    /// <summary>Calculates how many connections a load needs.</summary>
    /// <param name="rate">How many sessions arrive per second. 0 to 1,000,000.</param>
    /// <param name="hold">How long a session holds its connection, on average. Not negative.</param>
    /// <param name="wait">How long 99 of 100 sessions may wait at most. Not negative.</param>
    /// <param name="idleShare">For which share of that no command is running: 0 to 1.</param>
    /// <returns>The advice.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range, or the load needs more than 100,000
    /// connections.</exception>
    public static PoolAdvice For(double rate, TimeSpan hold, TimeSpan wait, double idleShare = 0)
    {
        if (!double.IsFinite(rate) || rate is < 0 or > 1_000_000)
        {
            throw new ArgumentOutOfRangeException(nameof(rate), rate, "The rate must be 0 to 1,000,000 sessions per second.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(hold, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(wait, TimeSpan.Zero);
        if (!double.IsFinite(idleShare) || idleShare is < 0 or > 1)
        {
            throw new ArgumentOutOfRangeException(nameof(idleShare), idleShare, "The idle share must be 0 to 1.");
        }

        if (rate * hold.TotalSeconds >= MaxConnections)
        {
            throw new ArgumentOutOfRangeException(
                nameof(hold), hold, Invariant($"{rate} such sessions per second need over {MaxConnections} connections."));
        }

        return new PoolAdvice
        {
            Rate = rate,
            Hold = hold,
            Wait = wait,
            Needed = Find(rate, hold, wait),
            NeededWithoutIdle = Find(rate, hold * (1 - idleShare), wait),
        };
    }

    private static int Find(double rate, TimeSpan hold, TimeSpan wait)
    {
        var busy = rate * hold.TotalSeconds;
        var blocked = 1.0;   // Erlang's B formula, by its recursion, which cannot overflow
        for (var connections = 1; ; connections++)
        {
            blocked = busy * blocked / (connections + (busy * blocked));
            if (connections <= busy)
            {
                continue;
            }

            // Erlang's C formula: the share that waits at all, and the share of those that waits longer.
            var waits = blocked / (1 - (busy / connections * (1 - blocked)));
            var beyond = hold > TimeSpan.Zero ? waits * Math.Exp(-(connections - busy) * (wait / hold)) : 0;
            if (beyond <= 1 - Share)
            {
                return connections;
            }
        }
    }
}
