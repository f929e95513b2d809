using System.Data;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql.Pool;

/// <summary>The pooler between an engine and its server, and its detection.</summary>
/// <param name="Mode">Its mode.</param>
/// <param name="IsGuess">Whether there is a pooler whose mode could not be detected.</param>
internal sealed record Pooler(PoolerMode Mode, bool IsGuess = false)
{
    private const string InTransactionMode =
        "nothing is prepared, and statements whose effect outlives a transaction are rejected (SET, LISTEN, temporary tables, " +
        "session-level advisory locks).";

    private const int Rounds = 3;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>Gets the note for the log.</summary>
    public string? Note => Mode switch
    {
        PoolerMode.Session => "It uses session mode, which works like a direct connection.",
        PoolerMode.Transaction when IsGuess => "Its mode could not be detected within 2 s, so transaction mode " +
            $"is assumed: {InTransactionMode} Set the mode with UsePostgreSql(o => o.Pooler = …).",
        PoolerMode.Transaction => $"It uses transaction mode: {InTransactionMode}",
        _ => null,
    };

    /// <summary>Returns whether an opening failed because a pooler does not support the options in the connection string: the
    /// error of PgBouncer or of Amazon RDS Proxy.</summary>
    public static bool RefusesOptions(Exception error) =>
        error is PostgresException { SqlState: PostgresErrorCodes.FeatureNotSupported } ||
        (error is PostgresException { SqlState: PostgresErrorCodes.ProtocolViolation } refusal &&
            refusal.MessageText.Contains("unsupported startup parameter", StringComparison.Ordinal));

    public static bool IsFull(Exception error) => error is PostgresException { SqlState: "08P01" } refusal &&
        refusal.MessageText.Contains("no more connections allowed", StringComparison.Ordinal);

    /// <exception cref="NpgsqlException">The first connection failed, so nothing is known.</exception>
    public static async Task<Pooler> FindAsync(
        RealConnection first, NpgsqlDataSource source, TimeProvider time, CancellationToken cancellationToken)
    {
        int backend;
        try
        {
            backend = await BackendAsync(first, cancellationToken).ConfigureAwait(false);
            if (backend == first.ProcessID)
            {
                return new(PoolerMode.None);   // a pooler makes up a process id for each client
            }
        }
        catch (PostgresException error) when (
            error.SqlState is PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.InsufficientPrivilege)
        {
            return new(PoolerMode.None);   // a PostgreSQL-compatible server without that function, or without permission for it
        }

        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await IsSharedAsync(first, backend, source, either.Token).ConfigureAwait(false) switch
            {
                true => new(PoolerMode.Transaction),
                false => new(PoolerMode.Session),
                null => new(PoolerMode.Transaction, IsGuess: true),   // safe with both modes
            };
        }
        catch (Exception error) when (
            first.State == ConnectionState.Open && !cancellationToken.IsCancellationRequested &&
            error is NpgsqlException or OperationCanceledException)
        {
            return new(PoolerMode.Transaction, IsGuess: true);   // there is no second one to compare with
        }
    }

    /// <summary>Returns whether two clients get the same server process, or one client two.</summary>
    /// <returns>Null: the second one gets none while the first one has one.</returns>
    /// <remarks>The driver would prepare the same query after five times, on a process that other clients get later.</remarks>
    private static async Task<bool?> IsSharedAsync(
        RealConnection first, int before, NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        var second = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var asked = Task.FromResult(0);
        try
        {
            for (var round = 0; round < Rounds; round++)
            {
                var transaction = await second.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);

                // Without the token: poolers are slow to cancel what waits, and this continues when the first one closes.
                asked = BackendAsync(second, CancellationToken.None);
                await ((Task)asked).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (!asked.IsCompleted)
                {
                    return null;
                }

                if (await asked.ConfigureAwait(false) == before ||
                    await BackendAsync(first, cancellationToken).ConfigureAwait(false) != before)
                {
                    return true;
                }

                await transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
            }

            return false;
        }
        finally
        {
            var closing = CloseAsync(second, asked);
            if (asked.IsCompleted)
            {
                await closing.ConfigureAwait(false);
            }
        }
    }

    private static async Task CloseAsync(RealConnection connection, Task busy)
    {
        await busy.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await connection.DisposeAsync().ConfigureAwait(false);   // with its transaction
    }

    public static async Task<int> BackendAsync(RealConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("select pg_catalog.pg_backend_pid()", connection);
        return (int)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
