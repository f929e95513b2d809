using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>The source of an engine's connections: the driver's pool, or the provider's own.</summary>
/// <remarks>For provider authors. Thread-safe. The engine's gate limits concurrency: no more than its permits are rented at
/// once, and one more by <see cref="ProbeAsync"/>.</remarks>
[Experimental(ProviderSeam.Id)]
public abstract class ConnectionSource : IAsyncDisposable
{
    /// <summary>The members that a driver needs of a mapped enum.</summary>
    protected const DynamicallyAccessedMemberTypes EnumMembers =
        DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.PublicParameterlessConstructor;

    /// <summary>Gets the dialect of the database.</summary>
    public abstract DatabaseDialect Dialect { get; }

    /// <summary>Gets the driver's factory, which creates commands and parameters.</summary>
    public abstract DbProviderFactory Factory { get; }

    /// <summary>Creates a driver parameter that keeps the declared type of its value, even if the value is null.</summary>
    /// <typeparam name="T">The declared type; with <see cref="object"/> the value's type counts.</typeparam>
    /// <param name="name">The parameter's name.</param>
    /// <param name="value">Its value.</param>
    public virtual DbParameter CreateParameter<T>(string name, T? value)
    {
        var parameter = Factory.CreateParameter() ?? throw new NotSupportedException("The driver creates no parameters.");
        (parameter.ParameterName, parameter.Value) = (name, (object?)value ?? DBNull.Value);
        return parameter;
    }

    /// <summary>Copies a driver parameter.</summary>
    public virtual DbParameter CopyParameter(DbParameter parameter) => parameter is ICloneable original
        ? (DbParameter)original.Clone()
        : throw new NotSupportedException("The driver's parameters cannot be copied. Execute the statement instead.");

    /// <summary>Gets the connection string without its password.</summary>
    public abstract string PublicConnectionString { get; }

    /// <summary>Gets the address of the database for messages: host, port and name, or a file.</summary>
    public abstract string Server { get; }

    /// <summary>Gets the database's name.</summary>
    public abstract string Database { get; }

    /// <summary>Gets whether only one session at a time can write.</summary>
    public virtual bool HasSingleWriter => false;

    /// <summary>Returns how many connections can be used if that many are requested.</summary>
    public virtual int LimitPermits(int wanted) => wanted;

    /// <summary>Gets whether opening a connection takes time, as over a network.</summary>
    /// <value>If true, the engine opens a few at a time, for no particular caller, and <see cref="RentAsync"/> returns an idle
    /// connection synchronously. Default false.</value>
    public virtual bool IsRemote => false;

    /// <summary>Takes an idle connection that needs no work. Called only if <see cref="IsRemote"/> is false.</summary>
    /// <returns>False, the default: <see cref="RentAsync"/> has to be called.</returns>
    public virtual bool TryRent([NotNullWhen(true)] out ProviderConnection? connection)
    {
        connection = null;
        return false;
    }

    /// <summary>Takes a connection, and opens one if necessary.</summary>
    /// <exception cref="DatabaseUnavailableException">The database cannot be reached.</exception>
    public abstract ValueTask<ProviderConnection> RentAsync(CancellationToken cancellationToken);

    /// <summary>Returns a connection in any state. If its state is unknown, it is closed.</summary>
    public abstract ValueTask ReturnAsync(ProviderConnection connection);

    /// <summary>Queries the outcome of a commit whose answer was lost, until it is known, without a permit of the
    /// pool.</summary>
    /// <param name="evidence">The value of <see cref="ProviderConnection.CommitEvidence"/>.</param>
    /// <param name="wrote">Whether a statement changed rows.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns><see cref="CommitOutcome.Unknown"/> unless the database is certainly the same and has decided.</returns>
    public virtual Task<CommitOutcome> ConfirmCommitAsync(object evidence, bool wrote, CancellationToken cancellationToken) =>
        Task.FromResult(CommitOutcome.Unknown);

    /// <summary>Closes the connections to a server that turned out to be a standby. The next opening looks for the
    /// primary.</summary>
    public virtual void DropStandbyConnections()
    {
    }

    /// <summary>Replaces the pool after an outage, so that openings that still hang do not delay new ones.</summary>
    public virtual void ResetPool()
    {
    }

    /// <summary>Closes idle connections before or after set-up work, which changes types, plans or the file.</summary>
    public virtual Task CloseIdleAsync()
    {
        ResetPool();
        return Task.CompletedTask;
    }

    /// <summary>Creates a closed connection for set-up work such as migrations, without a permit of the pool.</summary>
    /// <returns>The driver's own connection, which the caller disposes; null if there can be none outside the pool.</returns>
    public virtual DbConnection? CreateConnection() => null;

    /// <summary>Gets whether the user configured the driver beyond its connection string.</summary>
    /// <value>Default true: not known.</value>
    public virtual bool IsDriverConfigured => true;

    /// <summary>Returns whether the driver maps an enum of the program to a database type.</summary>
    /// <param name="type">The enum.</param>
    /// <param name="name">The name of the database type, with its schema if necessary.</param>
    /// <returns>Default true: not known.</returns>
    public virtual bool MapsEnum(
        [DynamicallyAccessedMembers(EnumMembers)] Type type, string name) => true;

    /// <summary>Adds functions, collations and the like to each driver connection before a session gets it, including open
    /// ones.</summary>
    /// <param name="add">Called once for each connection, while nothing else uses it and where it may block.</param>
    /// <remarks>Does nothing if functions belong to a server.</remarks>
    public virtual void AddFunctions(Action<DbConnection> add)
    {
    }

    /// <summary>Probes the database on a connection without a permit of the pool.</summary>
    /// <exception cref="DatabaseUnavailableException">It does not answer.</exception>
    public abstract Task ProbeAsync(CancellationToken cancellationToken);

    /// <summary>Probes the database on a new connection. While it is down, nothing else is opened.</summary>
    /// <exception cref="DatabaseUnavailableException">It does not answer.</exception>
    public virtual Task ProbeUnpooledAsync(CancellationToken cancellationToken) => ProbeAsync(cancellationToken);

    /// <summary>Reads how many connections the server allows: without a permit, in one round trip, without
    /// privileges.</summary>
    /// <returns>Null if there is no such limit.</returns>
    /// <exception cref="DatabaseUnavailableException">The database cannot be reached, or has no connection left.</exception>
    public virtual Task<ServerLimits?> ReadLimitsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<ServerLimits?>(null);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
