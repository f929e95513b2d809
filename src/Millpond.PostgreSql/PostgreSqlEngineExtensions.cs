using Millpond.PostgreSql;

namespace Millpond;

/// <summary>Engine methods for PostgreSQL only.</summary>
public static class PostgreSqlEngineExtensions
{
    /// <summary>Listens on a channel while the result is enumerated.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="channel">The exact name of the channel. NOTIFY converts unquoted names to lower case.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>First a notification without a payload, once the server listens; then the notifications. Enumerate it
    /// once.</returns>
    /// <remarks>It uses a dedicated connection, which is not part of the pool and takes no permit. If the connection is lost,
    /// for example by a restart of the server, it is opened again with delays of up to 5 s, followed by a notification without
    /// a payload: notifications sent in between did not arrive.</remarks>
    /// <exception cref="ArgumentException"><paramref name="channel"/> is empty or contains a NUL character.</exception>
    /// <exception cref="InvalidOperationException">The engine's database is not PostgreSQL.</exception>
    /// <exception cref="NotSupportedException">Thrown while enumerating: the engine connects through a pooler in transaction
    /// mode.</exception>
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
