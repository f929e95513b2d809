using System.Net.Sockets;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql.Outcome;

/// <summary>Queries the outcome of a commit whose answer was lost, until it is decided (S18).</summary>
internal sealed class OutcomeSearch(
    Evidence evidence,
    Func<Func<RealConnection, CancellationToken, Task<TransactionReport>>, CancellationToken, Task<TransactionReport>> ask,
    TimeProvider time)
{
    // The delays grow to the longest. After the last check, after about 1.6 s, the transaction is terminated.
    private const int MaxChecks = 9;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(320);

    public async Task<CommitOutcome> FindAsync(CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        for (var looks = 1; ; looks++)
        {
            var isOverdue = looks > MaxChecks;
            try
            {
                var report = await ask(
                    (connection, token) => CheckAsync(connection, isOverdue, token), cancellationToken)
                    .ConfigureAwait(false);
                if (evidence.Evaluate(report) is { } answer)
                {
                    return answer;
                }
            }
            catch (PostgresException error) when (!IsTransient(error.SqlState))
            {
                return CommitOutcome.Unknown;   // an id in the future, or no permission to query it: final
            }
            catch (Exception error) when (error is NpgsqlException or SocketException or TimeoutException)
            {
                // The server is unavailable and may start in time.
            }

            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            pause = pause < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async Task<TransactionReport> CheckAsync(
        RealConnection connection, bool isOverdue, CancellationToken cancellationToken)
    {
        var report = await TransactionReport.ReadAsync(connection, evidence.Transaction, cancellationToken)
            .ConfigureAwait(false);
        if (isOverdue && evidence.Evaluate(report) is null && evidence.Transaction is { } transaction)
        {
            await TransactionReport.EndAsync(connection, evidence.Backend, transaction, cancellationToken).ConfigureAwait(false);
        }

        return report;
    }

    /// <summary>Whether the server is starting, stopping or full, or terminates this connection too.</summary>
    private static bool IsTransient(string state) => state[..2] is "57" or "53" or "08";
}
