using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Millpond.PostgreSql.Pool;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql.Listening;

/// <summary>Listens on a channel while the result is enumerated, across restarts of the server.</summary>
internal sealed class ChannelListener(
    NpgsqlDataSource source, DriverPool pool, string channel, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    // The driver's keepalive thread reads notifications as well.
    private readonly ConcurrentQueue<PostgreSqlNotification> _arrived = new();

    public async IAsyncEnumerable<PostgreSqlNotification> ListenAsync(
        CancellationToken end, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end, cancellationToken);
        var pause = FirstPause;
        while (true)
        {
            var connection = source.CreateConnection();
            await using (connection.ConfigureAwait(false))
            {
                if (await TryAsync(() => BeginTransactionAsync(connection, either.Token)).ConfigureAwait(false))
                {
                    pause = FirstPause;
                    yield return new PostgreSqlNotification { Channel = channel, Payload = null };
                    while (await TryAsync(() => WaitAsync(connection, either.Token)).ConfigureAwait(false))
                    {
                        while (_arrived.TryDequeue(out var next))
                        {
                            yield return next;
                        }
                    }
                }
            }

            await Task.Delay(pause, time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(end.IsCancellationRequested, typeof(DbEngine));
            pause = pause < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <returns>False if the connection is lost or cannot be opened, or the enumeration has ended.</returns>
    private async Task<bool> TryAsync(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
        catch (Exception error) when (IsTransient(error))
        {
            PostgreSqlLog.ListeningInterrupted(logger, channel, error.Message);
            return false;
        }
    }

    private async Task BeginTransactionAsync(RealConnection connection, CancellationToken cancellationToken)
    {
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        await ThrowIfSharedAsync(connection, cancellationToken).ConfigureAwait(false);
        connection.Notification += (_, sent) => _arrived.Enqueue(
            new PostgreSqlNotification { Channel = sent.Channel, Payload = sent.Payload, ProcessId = sent.PID });
        var name = channel.Replace("\"", "\"\"", StringComparison.Ordinal);
        using var listen = new NpgsqlCommand($"LISTEN \"{name}\"", connection);
        await listen.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task ThrowIfSharedAsync(RealConnection connection, CancellationToken cancellationToken)
    {
        if (await Pooler.BackendAsync(connection, cancellationToken).ConfigureAwait(false) == connection.ProcessID)
        {
            return;   // no pooler
        }

        // Opening a connection detects the pooler.
        await (await pool.OpenAsync(cancellationToken).ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        if (pool.Traits.IsShared)
        {
            throw new NotSupportedException(
                $"LISTEN on '{channel}' cannot work through a pooler in transaction mode, because other clients use the " +
                "connection after each transaction. Use an engine that connects directly to the server.");
        }
    }

    private async Task WaitAsync(RealConnection connection, CancellationToken cancellationToken)
    {
        if (!_arrived.IsEmpty)
        {
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waiting = connection.WaitAsync(stop.Token);
        if (_arrived.IsEmpty)   // checked again: from here on the keepalive does not run, and wakes nothing before
        {
            await waiting.ConfigureAwait(false);
            return;
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Returns whether a retry makes sense: not if the server rejects the login or the statement.</summary>
    private static bool IsTransient(Exception error) => error is PostgresException { SqlState: var state }
        ? state[..2] is "57" or "53" or "08" or "25"
        : error is NpgsqlException or SocketException or IOException or TimeoutException;
}
