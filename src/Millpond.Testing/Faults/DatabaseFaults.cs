using Millpond.Testing.Clones;
using Npgsql;

namespace Millpond;

/// <summary>Causes network and server faults between a test and its database, with a proxy on a real port.</summary>
/// <remarks>From its first use on, <see cref="TestDatabase.Engine"/> goes through the proxy. Thread-safe.</remarks>
public sealed class DatabaseFaults
{
    private readonly OwnedDatabase _database;

    internal DatabaseFaults(OwnedDatabase database, Action<EngineOptions>? configure)
    {
        _database = database;
        var address = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        Proxy = FaultProxy.Start(address.Host!, address.Port);
        (address.Host, address.Port, address.SslMode) = ("127.0.0.1", Proxy.Port, SslMode.Disable);
        Engine = DbEngine.Create(o =>
        {
            (o.PoolSize, o.MaxOverflow) = (1, 4);
            o.UsePostgreSql(address.ConnectionString, static postgres => postgres.Pooler = PoolerMode.None);
            configure?.Invoke(o);
        });
    }

    /// <summary>Gets the proxy, for anything that these methods cannot do.</summary>
    public FaultProxy Proxy { get; }

    internal DbEngine Engine { get; }

    /// <summary>Cuts the connection.</summary>
    /// <param name="at">Where.</param>
    /// <returns>The fault, which occurs once.</returns>
    public ArmedFault DropConnection(FaultAt at)
    {
        ArgumentNullException.ThrowIfNull(at);
        return Proxy.Arm(at.With(FaultKind.Reset));
    }

    /// <summary>Makes the server raise an error instead of running the statement.</summary>
    /// <param name="at">Where. After an error at <see cref="FaultAt.Commit"/> nothing is committed.</param>
    /// <param name="sqlState">The error, such as <c>40001</c>.</param>
    /// <returns>The fault, which occurs once.</returns>
    /// <exception cref="ArgumentException">It is not five digits or capital letters, or the fault would occur
    /// after the response.</exception>
    public ArmedFault Fail(FaultAt at, string sqlState)
    {
        ArgumentNullException.ThrowIfNull(at);
        ArgumentNullException.ThrowIfNull(sqlState);
        if (sqlState.Length != 5 || !sqlState.All(static one => char.IsAsciiDigit(one) || char.IsAsciiLetterUpper(one)))
        {
            throw new ArgumentException("An SQLSTATE is five digits or capital letters, such as 40001.", nameof(sqlState));
        }

        var point = at.With(FaultKind.Error);
        return point.WhenAnswered
            ? throw new ArgumentException("A COMMIT cannot fail after its response. Use FaultAt.Commit.", nameof(at))
            : Proxy.Arm(point with { SqlState = sqlState });
    }

    /// <summary>Delays a statement.</summary>
    /// <param name="at">Where.</param>
    /// <param name="by">For how long.</param>
    /// <returns>The fault, which occurs once.</returns>
    public ArmedFault Delay(FaultAt at, TimeSpan by)
    {
        ArgumentNullException.ThrowIfNull(at);
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        return Proxy.Arm(at.With(FaultKind.Delay) with { Wait = by, WhenAnswered = false });
    }

    internal async Task EndAsync()
    {
        _database.IsShared = true;   // the server may notice a little later that its client is gone
        await Proxy.DisposeAsync().ConfigureAwait(false);
        await Engine.DisposeAsync().ConfigureAwait(false);
    }
}
