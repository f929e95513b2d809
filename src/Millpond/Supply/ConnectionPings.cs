using Millpond.Providers;

namespace Millpond.Supply;

/// <summary>Pings connections that may have died while they were idle (S19).</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class ConnectionPings(TimeProvider time)
{
    // Under load a connection comes back sooner, and costs no ping.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(0.5);

    // A ping is one round trip, and a server that is alive but overloaded should not lose connections because of it.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    private long _lostAt = long.MinValue;

    /// <summary>Notes that a connection was lost: those that are idle now are pinged before their next use.</summary>
    public void NoteLost() => Volatile.Write(ref _lostAt, time.GetTimestamp());

    public bool MayBeDead(ProviderConnection connection) => connection.LastUsed is { } used &&
        (used <= Volatile.Read(ref _lostAt) || time.GetElapsedTime(used) > Fresh);

    /// <summary>Pings a connection. Never throws. No caller's token cancels it, because the connection can serve another
    /// caller.</summary>
    /// <returns>False if there was no answer, so the connection has to be returned to be closed.</returns>
    public async Task<bool> AnswersAsync(ProviderConnection connection)
    {
        var ping = Task.CompletedTask;
        try
        {
            using var limit = new CancellationTokenSource(AnswerLimit, time);
            ping = connection.PingAsync(limit.Token);
            await ping.WaitAsync(limit.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception)
        {
            if (!ping.IsCompleted)
            {
                connection.Abandon(ping);
            }

            return false;
        }
    }
}
