using Npgsql;

namespace Millpond.Soak.Faults;

/// <summary>Faults caused by other clients of the server or of the service.</summary>
internal static class NeighbourFaults
{
    public const int Crowd = 200;   // about 35 ms each on seven connections: a second of work
    private const int Rush = 50;     // milliseconds

    public static IReadOnlyList<Fault> All { get; } =
    [
        new("accounts locked", 1_000, 2_000, LockAsync),
        new("server full", 2_000, 4_000, FillAsync),
        new("burst of 200", 0, 0, static (scene, _, token) => scene.Clients.CrowdAsync(Crowd, token)),
    ];

    /// <summary>Locks a tenth of the accounts in another client's transaction.</summary>
    private static async Task LockAsync(FaultScene scene, TimeSpan length, CancellationToken cancellationToken)
    {
        await using var connection = await scene.Database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            "select 1 from accounts where id <= (select count(*) / 10 from accounts) order by id for update", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        await Task.Delay(length, cancellationToken);
        await transaction.RollbackAsync(cancellationToken);
    }

    /// <summary>Another client takes all connections, including those of the service when they break.</summary>
    private static async Task FillAsync(FaultScene scene, TimeSpan length, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<NpgsqlConnection> crowd = [];
        try
        {
            await TakeAllAsync();
            await scene.Database.KillAsync(int.MaxValue, cancellationToken);
            limit.CancelAfter(length);
            while (!limit.IsCancellationRequested)
            {
                await TakeAllAsync();
                await Task.Delay(Rush, limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
        finally
        {
            foreach (var connection in crowd)
            {
                await connection.DisposeAsync();
            }
        }

        async Task TakeAllAsync()
        {
            try
            {
                while (!limit.IsCancellationRequested)
                {
                    crowd.Add(await scene.Database.JoinCrowdAsync(cancellationToken));
                }
            }
            catch (PostgresException full) when (full.SqlState == PostgresErrorCodes.TooManyConnections)
            {
                // the server accepts no more
            }
        }
    }
}
