using Millpond.PostgreSql;

namespace Millpond;

/// <summary>What an engine offers on PostgreSQL only.</summary>
public static class PostgreSqlEngineExtensions
{
    /// <summary>Listens on a channel for as long as the result is enumerated.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="channel">The channel's exact name: NOTIFY takes names without quotes as lower case.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>First a notification without a payload, once the server listens; then what is sent. Enumerate it once.</returns>
    /// <remarks>It has a connection of its own, beside the pool and its permits. When that is lost, as by a restart of the
    /// server, it is opened again, with pauses of up to 5 s, and a notification without a payload says so: what was sent
    /// meanwhile did not arrive.</remarks>
    /// <exception cref="ArgumentException"><paramref name="channel"/> is empty or contains a NUL character.</exception>
    /// <exception cref="InvalidOperationException">The engine's database is not PostgreSQL.</exception>
    /// <exception cref="NotSupportedException">Thrown while enumerating: a pooler in transaction mode stands between.</exception>
    /// <exception cref="ObjectDisposedException">Thrown while enumerating: the engine is disposed.</exception>
    public static IAsyncEnumerable<PostgreSqlNotification> ListenAsync(
        this DbEngine engine, string channel, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentException.ThrowIfNullOrEmpty(channel);
        if (channel.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("A channel name cannot contain a NUL character.", nameof(channel));
        }

        return engine.Source is PostgreSqlSource source
            ? source.ListenAsync(channel, cancellationToken)
            : throw new InvalidOperationException(
                $"Engine '{engine.Name}' uses {engine.Source.Dialect.Name}, which has no LISTEN. Use an engine " +
                "on PostgreSQL.");
    }
}
