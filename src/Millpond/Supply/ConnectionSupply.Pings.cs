using Millpond.Providers;

namespace Millpond.Supply;

/// <content>The pings of connections that may have died while they were idle (S19).</content>
/// <remarks>No caller's token ends a ping: the connection serves the next caller then, as one that was opened does. Pings do not
/// count as openings, so that openings which hang do not stand in the way of connections that work.</remarks>
internal sealed partial class ConnectionSupply
{
    // Under load a connection comes back sooner, and costs no ping.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(0.5);

    // A ping is one round trip, and a server that is alive but overloaded should not lose its connections by it.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    private bool MayBeDead(ProviderConnection connection) => connection.LastUsed is { } used &&
        (used <= Volatile.Read(ref _lostAt) || _time.GetElapsedTime(used) > Fresh);

    /// <summary>Makes sure of one that was idle.</summary>
    /// <returns>Null: it was dead. The next opening finds another.</returns>
    private async ValueTask<ProviderConnection?> FindLivingAsync(ProviderConnection idle)
    {
        TakeIdle();
        if (!MayBeDead(idle))
        {
            return idle;
        }

        Interlocked.Increment(ref _pinging);
        Interlocked.Decrement(ref _opening);
        try
        {
            return await PingAsync(idle).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Increment(ref _opening);
            Interlocked.Decrement(ref _pinging);
        }
    }

    /// <summary>Pings a connection. Never throws.</summary>
    /// <returns>Null: there was no answer, so it is closed.</returns>
    private async Task<ProviderConnection?> PingAsync(ProviderConnection connection)
    {
        var ping = Task.CompletedTask;
        try
        {
            using var limit = new CancellationTokenSource(AnswerLimit, _time);
            ping = connection.PingAsync(limit.Token);
            await ping.WaitAsync(limit.Token).ConfigureAwait(false);
            _availability.NoteSuccess();
            return connection;
        }
        catch (Exception)
        {
            if (!ping.IsCompleted)
            {
                connection.Abandon(ping);
            }

            Interlocked.Increment(ref _out);   // its return counts it out again
            await TryReturnAsync(connection).ConfigureAwait(false);
            NoteLost();
            return null;
        }
    }
}
