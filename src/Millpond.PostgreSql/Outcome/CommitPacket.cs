using System.Data;
using System.Runtime.ExceptionServices;
using Npgsql;

namespace Millpond.PostgreSql.Outcome;

/// <summary>A COMMIT in one packet with the statements before it: a query whose result arrives before COMMIT runs and
/// identifies the transaction (S18); a check that there is something to commit (S05); the session's queued
/// statements.</summary>
/// <remarks>Queued statements must not return rows if that query is sent, because its result must be the first one.</remarks>
internal sealed class CommitPacket(ServerFacts? facts)
{
    private const string IdleInTransaction = "25P03";

    private Evidence? _evidence;

    public Evidence? Evidence => Volatile.Read(ref _evidence);

    public bool IsSent { get; private set; }

    /// <param name="batch">The statements before it.</param>
    /// <param name="verify">Whether to check that there is something to commit.</param>
    /// <param name="cancellationToken">Cancels the wait for the answer.</param>
    /// <returns>False if there was no transaction any more, or an aborted one.</returns>
    public async Task<bool> RunAsync(NpgsqlBatch batch, bool verify, CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(batch, verify, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (NpgsqlException error) when (Answer(error) is { } answer)
        {
            if (answer.SqlState is PostgresErrorCodes.InFailedSqlTransaction or PostgresErrorCodes.NoActiveSqlTransaction)
            {
                return false;
            }

            ExceptionDispatchInfo.Throw(answer);
            throw;
        }
    }

    /// <summary>Rolls back a transaction, unless the server has already ended it, as it does when it rejects a
    /// COMMIT.</summary>
    public static async Task RollBackAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        try
        {
            await transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
            // The driver reports that the transaction has ended.
        }
    }

    /// <summary>Returns whether a transaction has ended, according to the server's last message.</summary>
    public static bool IsOver(NpgsqlTransaction transaction)
    {
        try
        {
            return transaction.IsolationLevel == IsolationLevel.Chaos;   // a level that no transaction has
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }

    public static InvalidOperationException Ended() => new(
        "An earlier command ended the transaction by its SQL text, and the work before it may be committed. " +
        "This session runs no more statements. Use CommitAsync or RollbackAsync of the session instead.");

    /// <summary>Determines the outcome of a commit from the server's error.</summary>
    /// <param name="failure">The commit's error.</param>
    /// <param name="isUnread">Whether the server has not answered the query before COMMIT. If it has reported instead why it
    /// ends the session, it never read the COMMIT.</param>
    /// <returns>Null if the error is not the server's.</returns>
    public static CommitOutcome? Evaluate(Exception failure, bool isUnread) =>
        (failure as PostgresException ?? failure.InnerException as PostgresException) switch
        {
            null => null,
            { SqlState: PostgresErrorCodes.StatementCompletionUnknown or PostgresErrorCodes.TransactionResolutionUnknown } =>
                CommitOutcome.Unknown,
            { InvariantSeverity: "ERROR" } or { SqlState: IdleInTransaction } => CommitOutcome.RolledBack,
            { SqlState: var state } when isUnread && !state.StartsWith("08", StringComparison.Ordinal) =>
                CommitOutcome.RolledBack,
            _ => CommitOutcome.Unknown,
        };

    private async Task SendAsync(NpgsqlBatch batch, bool verify, CancellationToken cancellationToken)
    {
        if (facts is not null)
        {
            // The barrier makes the server send its answers so far. If the query fails nevertheless, as it can in a
            // serializable transaction, COMMIT finds an aborted transaction and rolls back, and the query's error shows that.
            batch.BatchCommands.Add(new NpgsqlBatchCommand(Evidence.Query) { AppendErrorBarrier = true });
        }

        if (verify)
        {
            // PostgreSQL answers COMMIT of an aborted transaction with ROLLBACK and no error. SAVEPOINT is an error there.
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SAVEPOINT millpond_commit"));
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        IsSent = true;
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            if (facts is not null && await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                Volatile.Write(ref _evidence, Evidence.Read(reader, facts));
            }

            while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false))
            {
                // Throws COMMIT's error.
            }
        }
    }

    /// <summary>Finds the server's own answer. There can be one on each side of a barrier, and the first one has the
    /// reason.</summary>
    private static PostgresException? Answer(NpgsqlException error) =>
        error as PostgresException
        ?? (error.InnerException as AggregateException)?.InnerExceptions.OfType<PostgresException>().FirstOrDefault();
}
