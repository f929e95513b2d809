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
        var parameter = Factory.CreateParameter() ?? throw new NotSupportedException("The driver makes no parameters.");
        (parameter.ParameterName, parameter.Value) = (name, (object?)value ?? DBNull.Value);
        return parameter;
    }

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
    /// <value>True: the engine opens a few at a time, and for no caller in particular; <see cref="RentAsync"/> gives one
    /// that is idle at once, by a task that has completed. Default false.</value>
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

    /// <summary>Asks the database, on a connection beside the pool's permits, what became of a commit whose answer was lost,
    /// until it knows.</summary>
    /// <param name="evidence">What <see cref="ProviderConnection.CommitEvidence"/> gave.</param>
    /// <param name="wrote">Whether a statement said that it changed rows.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <returns><see cref="CommitOutcome.Unknown"/> unless the database is surely the same and has decided.</returns>
    public virtual Task<CommitOutcome> ConfirmCommitAsync(object evidence, bool wrote, CancellationToken cancellationToken) =>
        Task.FromResult(CommitOutcome.Unknown);

    /// <summary>Closes what is open to a server that turned out to be a standby, and forgets which server is the primary, so that
    /// the next opening looks for it.</summary>
    public virtual void ForgetRoles()
    {
    }

    /// <summary>Lets go of what is open and of what is being opened, after the database was away: what hangs since then may
    /// hang for long, and must not stand in the way of new openings.</summary>
    public virtual void BeginAnew()
    {
    }

    /// <summary>Closes what is idle, after or before set-up work: a connection may know types, plans or a file that are no
    /// more.</summary>
    /// <returns>A task that ends when what would be in the way is closed.</returns>
    public virtual Task CloseIdleAsync()
    {
        BeginAnew();
        return Task.CompletedTask;
    }

    /// <summary>Makes a connection of the driver's own for set-up work, such as migrations; closed, and outside of the pool's
    /// permits. The caller opens and disposes it.</summary>
    /// <returns>Null: the provider or the database has none beside the pool's.</returns>
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

    /// <summary>Has functions, collations and the like added to each of the driver's connections before a session gets it, also
    /// to those that are open by now.</summary>
    /// <param name="add">Called once with each connection, where nothing else uses it, and where it may block.</param>
    /// <remarks>For databases that run in the process. Where functions are the server's there is nothing to add, and this does
    /// nothing.</remarks>
    public virtual void AddFunctions(Action<DbConnection> add)
    {
    }

    /// <summary>Asks the database for a sign of life on a connection beside the pool's permits.</summary>
    /// <exception cref="DatabaseUnavailableException">There was none.</exception>
    public abstract Task ProbeAsync(CancellationToken cancellationToken);

    /// <summary>Asks the database for a sign of life on a connection of its own, opened for that and closed: while it is down,
    /// nothing else is asked.</summary>
    /// <exception cref="DatabaseUnavailableException">There was none.</exception>
    public virtual Task KnockAsync(CancellationToken cancellationToken) => ProbeAsync(cancellationToken);

    /// <summary>Reads how many connections the server allows, on a connection beside the pool's permits, in one round trip that
    /// any user may ask for.</summary>
    /// <returns>Null: there is no such limit.</returns>
    /// <exception cref="DatabaseUnavailableException">The database cannot be reached, or has no connection left.</exception>
    public virtual Task<ServerLimits?> ReadLimitsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<ServerLimits?>(null);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
