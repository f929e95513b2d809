using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>Where an engine's connections come from: the driver's pool, or the provider's own.</summary>
/// <remarks>For provider authors. Thread-safe. The engine's gate stands in front: no more than its permits are rented at once,
/// and one more by <see cref="ProbeAsync"/>.</remarks>
[Experimental(ProviderSeam.Id)]
public abstract class ConnectionSource : IAsyncDisposable
{
    /// <summary>What a driver needs of an enum that it maps.</summary>
    protected const DynamicallyAccessedMemberTypes EnumMembers =
        DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.PublicParameterlessConstructor;

    /// <summary>Gets the dialect of the database behind it.</summary>
    public abstract DatabaseDialect Dialect { get; }

    /// <summary>Gets the driver's factory; commands and parameters are made by it.</summary>
    public abstract DbProviderFactory Factory { get; }

    /// <summary>Makes a parameter of the driver's that keeps the type which its value was declared with, a null's too.</summary>
    /// <typeparam name="T">The declared type; <see cref="object"/>: that of the value counts.</typeparam>
    /// <param name="name">The parameter's name.</param>
    /// <param name="value">Its value.</param>
    public virtual DbParameter CreateParameter<T>(string name, T? value)
    {
        var parameter = Factory.CreateParameter() ?? throw new NotSupportedException("The driver creates no parameters.");
        (parameter.ParameterName, parameter.Value) = (name, (object?)value ?? DBNull.Value);
        return parameter;
    }

    /// <summary>Copies a parameter of the driver's, which stays as it is.</summary>
    public virtual DbParameter CopyParameter(DbParameter parameter) => parameter is ICloneable original
        ? (DbParameter)original.Clone()
        : throw new NotSupportedException("The driver's parameters cannot be copied. Execute the statement instead.");

    /// <summary>Gets the connection string without its password.</summary>
    public abstract string PublicConnectionString { get; }

    /// <summary>Gets where the database is, for people: host, port and name, or a file.</summary>
    public abstract string Server { get; }

    /// <summary>Gets the database's name.</summary>
    public abstract string Database { get; }

    /// <summary>Gets whether only one session at a time can write.</summary>
    public virtual bool HasSingleWriter => false;

    /// <summary>Says how many connections may really be used when that many were asked for.</summary>
    public virtual int LimitPermits(int wanted) => wanted;

    /// <summary>Gets whether opening a connection takes its time, as over a network.</summary>
    /// <value>True: the engine opens a few at a time, for no caller in particular; <see cref="RentAsync"/> returns an idle
    /// connection synchronously. Default false.</value>
    public virtual bool IsRemote => false;

    /// <summary>Takes an idle connection that needs no work. Called only where <see cref="IsRemote"/> is false.</summary>
    /// <returns>False, the default: <see cref="RentAsync"/> has to be called.</returns>
    public virtual bool TryRent([NotNullWhen(true)] out ProviderConnection? connection)
    {
        connection = null;
        return false;
    }

    /// <summary>Takes a connection, opening one if need be.</summary>
    /// <exception cref="DatabaseUnavailableException">The database cannot be reached.</exception>
    public abstract ValueTask<ProviderConnection> RentAsync(CancellationToken cancellationToken);

    /// <summary>Gives a connection back, in whatever state it is. What is in doubt is closed, never handed out again.</summary>
    public abstract ValueTask ReturnAsync(ProviderConnection connection);

    /// <summary>Queries the outcome of a commit whose answer was lost, until it is known, beside the pool's permits.</summary>
    /// <param name="evidence">What <see cref="ProviderConnection.CommitEvidence"/> gave.</param>
    /// <param name="wrote">Whether a statement changed rows.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns><see cref="CommitOutcome.Unknown"/> unless the database is certainly the same and has decided.</returns>
    public virtual Task<CommitOutcome> ConfirmCommitAsync(object evidence, bool wrote, CancellationToken cancellationToken) =>
        Task.FromResult(CommitOutcome.Unknown);

    /// <summary>Closes the connections to a server that turned out to be a standby; the next opening looks for the primary.
    /// </summary>
    public virtual void DropStandbyConnections()
    {
    }

    /// <summary>Replaces the pool after an outage: openings that still hang must not hold up new ones.</summary>
    public virtual void ResetPool()
    {
    }

    /// <summary>Closes idle connections before or after set-up work, which changes the types, plans or file that they know.
    /// </summary>
    public virtual Task CloseIdleAsync()
    {
        ResetPool();
        return Task.CompletedTask;
    }

    /// <summary>Makes a connection for set-up work such as migrations, closed and outside the pool's permits.</summary>
    /// <returns>The driver's own connection, which the caller disposes; null: there is none outside the pool.</returns>
    public virtual DbConnection? CreateConnection() => null;

    /// <summary>Gets whether the user configured the driver beyond its connection string.</summary>
    /// <value>Default true: not known.</value>
    public virtual bool IsDriverConfigured => true;

    /// <summary>Says whether the driver maps an enum of the program to a type of the database.</summary>
    /// <param name="type">The enum.</param>
    /// <param name="name">The name of the database's type, with its schema if need be.</param>
    /// <returns>Default true: not known.</returns>
    public virtual bool MapsEnum(
        [DynamicallyAccessedMembers(EnumMembers)] Type type, string name) => true;

    /// <summary>Adds functions, collations and the like to each of the driver's connections before a session gets it, including
    /// those that are open.</summary>
    /// <param name="add">Called once with each connection, where nothing else uses it, and where it may block.</param>
    /// <remarks>Does nothing where functions belong to a server.</remarks>
    public virtual void AddFunctions(Action<DbConnection> add)
    {
    }

    /// <summary>Probes the database on a connection beside the pool's permits.</summary>
    /// <exception cref="DatabaseUnavailableException">It does not answer.</exception>
    public abstract Task ProbeAsync(CancellationToken cancellationToken);

    /// <summary>Probes the database on a new connection: while it is down, nothing else is opened.</summary>
    /// <exception cref="DatabaseUnavailableException">It does not answer.</exception>
    public virtual Task ProbeUnpooledAsync(CancellationToken cancellationToken) => ProbeAsync(cancellationToken);

    /// <summary>Reads how many connections the server allows: beside the permits, in one round trip, without privileges.
    /// </summary>
    /// <returns>Null: there is no such limit.</returns>
    /// <exception cref="DatabaseUnavailableException">The database cannot be reached, or has no connection left.</exception>
    public virtual Task<ServerLimits?> ReadLimitsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<ServerLimits?>(null);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
