using System.Data;
using System.Runtime.CompilerServices;
using Millpond.PostgreSql.Outcome;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql.Pool;

/// <summary>What is known about a physical connection, across its uses.</summary>
/// <remarks>Used by one holder at a time.</remarks>
internal sealed class PhysicalConnection
{
    // Npgsql keeps one dictionary of parameters per physical connection.
    private static readonly ConditionalWeakTable<object, PhysicalConnection> Known = [];

    private readonly TimeProvider _time;

    private PhysicalConnection(TimeProvider time)
    {
        _time = time;
        Opened = LastUsed = time.GetTimestamp();
    }

    public long Opened { get; }

    public long LastUsed { get; private set; }

    /// <summary>Gets or sets what its server reported about itself; null: nothing yet.</summary>
    public ServerFacts? Facts { get; set; }

    public static PhysicalConnection Of(RealConnection open, TimeProvider time)
    {
        var key = open.PostgresParameters;
        if (!Known.TryGetValue(key, out var known))
        {
            known = new PhysicalConnection(time);
            Known.Add(key, known);
        }

        return known;
    }

    public void Touch() => LastUsed = _time.GetTimestamp();

    public async Task PingAsync(RealConnection open, CancellationToken cancellationToken)
    {
        try
        {
            using var command = new NpgsqlCommand(";", open);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException) when (open.State == ConnectionState.Open)
        {
            // A rejection shows that it is alive.
        }

        Touch();
    }
}
