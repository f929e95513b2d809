using System.Net.Sockets;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql.Outcome;

/// <summary>Queries the outcome of a commit whose answer was lost, until it is decided (S18).</summary>
internal sealed class OutcomeSearch(
    Evidence evidence,
    Func<Func<RealConnection, CancellationToken, Task<Witness>>, CancellationToken, Task<Witness>> ask,
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
                var witness = await ask(
                    (connection, token) => CheckAsync(connection, isOverdue, token), cancellationToken)
                    .ConfigureAwait(false);
                if (evidence.Judge(witness) is { } answer)
                {
                    return answer;
                }
            }
            catch (PostgresException error) when (!PassesBy(error.SqlState))
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

    private async Task<Witness> CheckAsync(
        RealConnection connection, bool isOverdue, CancellationToken cancellationToken)
    {
        var witness = await Witness.ReadAsync(connection, evidence.Transaction, cancellationToken)
            .ConfigureAwait(false);
        if (isOverdue && evidence.Judge(witness) is null && evidence.Transaction is { } transaction)
        {
            await Witness.EndAsync(connection, evidence.Backend, transaction, cancellationToken).ConfigureAwait(false);
        }

        return witness;
    }

    /// <summary>Whether the server is starting, stopping or full, or terminates this connection too.</summary>
    private static bool PassesBy(string state) => state[..2] is "57" or "53" or "08";
}
