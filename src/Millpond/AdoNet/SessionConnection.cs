using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Millpond.AdoNet;
using Millpond.Leasing;
using Millpond.Transactions;

namespace Millpond.Providers;

/// <summary>A session as a <see cref="DbConnection"/> for ADO.NET, Dapper and other libraries.</summary>
/// <remarks>For provider authors: derive an internal class that has the name of the driver's connection class, because
/// libraries check that name.</remarks>
[Experimental(ProviderSeam.Id)]
public abstract class SessionConnection : DbConnection
{
    private bool _isOpened;

    /// <summary>Creates the connection of a session.</summary>
    /// <param name="handle">The value that the engine passed to the provider.</param>
    protected SessionConnection(SessionHandle handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        Unit = handle.Unit;
        SynchronousCalls = handle.SynchronousCalls;
#pragma warning disable CA1816 // There is nothing to finalize; waiting for it would keep all that the session refers to.
        GC.SuppressFinalize(this);
#pragma warning restore CA1816
    }

    /// <summary>Gets the connection string without its password. It is the same for all sessions of an engine and cannot be
    /// set.</summary>
    [AllowNull]
    public override string ConnectionString
    {
        get => Source.PublicConnectionString;
        set => throw new NotSupportedException("The connection string of a session cannot be changed.");
    }

    /// <inheritdoc/>
    public override string Database => Source.Database;

    /// <inheritdoc/>
    public override string DataSource => Source.Server;

    /// <inheritdoc/>
    public override string ServerVersion => throw new NotSupportedException(
        "ServerVersion is not available on a session's connection. Query the version instead.");

    /// <summary>Gets <see cref="ConnectionState.Open"/>: a connection is taken from the pool when it is needed.</summary>
    public override ConnectionState State => Owned is null || _isOpened ? ConnectionState.Open : ConnectionState.Closed;

    /// <inheritdoc/>
    public override bool CanCreateBatch => Source.Factory.CanCreateBatch;

    /// <summary>Gets the source of the engine's connections, which creates parameters.</summary>
    public ConnectionSource Source => Unit.Services.Source;

    internal UnitOfWork Unit { get; }

    internal SynchronousCalls SynchronousCalls { get; }

    /// <summary>Gets or sets whether an object mapper is saving. Its commands belong to the save.</summary>
    internal bool IsSaving { get; set; }

    /// <summary>Gets or sets the session that ends when this is disposed; null for all but its owner.</summary>
    /// <remarks>The owner's connection is opened and closed like any other, and closing it returns the connection. F01 applies
    /// to those who share a session.</remarks>
    internal IAsyncDisposable? Owned { get; set; }

    /// <inheritdoc/>
    protected override DbProviderFactory DbProviderFactory => Source.Factory;

    /// <summary>Takes a connection and begins the transaction now instead of with the first command.</summary>
    /// <inheritdoc/>
    public override Task OpenAsync(CancellationToken cancellationToken)
    {
        _isOpened = true;
        return Owned is not null
            ? Task.CompletedTask
            : Unit.RunAsync(Operation.Open, 0, static (_, _, _) => Task.FromResult(true), cancellationToken);
    }

    /// <summary>Throws, because it would block. Use <see cref="OpenAsync"/>, or nothing: the session opens
    /// automatically.</summary>
    public override void Open() =>
        SynchronousCalls.Run("DbConnection.Open", "OpenAsync (or nothing: it opens by " +
            "itself)", () => OpenAsync(default));

    /// <summary>Does nothing: the session returns its connection at its end.</summary>
    public override void Close() => _ = CloseAsync();   // never fails, and later commands wait for it

    /// <summary>Does nothing: the session returns its connection at its end.</summary>
    /// <returns>A completed task.</returns>
    public override Task CloseAsync()
    {
        var closes = _isOpened && Owned is not null && Unit.End is null;
        _isOpened = false;
        return closes ? Unit.Deferred.RollBackAndReturnAsync() : Task.CompletedTask;
    }

    /// <summary>Does nothing: the session returns its connection at its end.</summary>
    /// <returns>A completed task.</returns>
    [SuppressMessage("Usage", "CA1816", Justification = "Nothing is disposed.")]
    [SuppressMessage("Usage", "CA2215", Justification = "The base would raise Disposed; a session's connection lives on.")]
    public override ValueTask DisposeAsync() => Owned?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Throws: a session cannot change its database.</summary>
    /// <inheritdoc/>
    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException(
        "A session cannot change its database. Use a separate engine for the other database.");

    /// <summary>Throws: the session controls its transaction.</summary>
    /// <inheritdoc/>
    public override void EnlistTransaction(System.Transactions.Transaction? transaction) =>
        throw new NotSupportedException(AmbientTransaction.Refusal);

    /// <inheritdoc/>
    public override DataTable GetSchema() => ReadSchema(null, null);

    /// <inheritdoc/>
    public override DataTable GetSchema(string collectionName) => ReadSchema(collectionName, null);

    /// <inheritdoc/>
    public override DataTable GetSchema(string collectionName, string?[] restrictionValues) =>
        ReadSchema(collectionName, restrictionValues);

    /// <inheritdoc/>
    public override Task<DataTable> GetSchemaAsync(CancellationToken cancellationToken = default) =>
        SchemaAsync(null, null, cancellationToken);

    /// <inheritdoc/>
    public override Task<DataTable> GetSchemaAsync(string collectionName, CancellationToken cancellationToken = default) =>
        SchemaAsync(collectionName, null, cancellationToken);

    /// <inheritdoc/>
    public override Task<DataTable> GetSchemaAsync(
        string collectionName, string?[] restrictionValues, CancellationToken cancellationToken = default) =>
        SchemaAsync(collectionName, restrictionValues, cancellationToken);

    /// <inheritdoc/>
    protected override DbCommand CreateDbCommand() => new SessionCommand(
        this,
        (Source.IsRemote && Unit.Lease is { Connection: { IsReusable: true, Connection: var real } }
            ? real.CreateCommand()   // a disposed one may be used again
            : Source.Factory.CreateCommand()) ?? throw new NotSupportedException("The driver creates no commands."))
    {
        IsSave = IsSaving,
    };

    /// <inheritdoc/>
    protected override DbBatch CreateDbBatch() => new SessionBatch(this, Source.Factory.CreateBatch());

    /// <summary>Throws, because it would block. Use <see
    /// cref="DbConnection.BeginTransactionAsync(CancellationToken)"/>.</summary>
    /// <inheritdoc/>
    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) =>
        SynchronousCalls.Run(
            "DbConnection.BeginTransaction",
            "BeginTransactionAsync",
            () => SavepointTransaction.BeginTransactionAsync(this, isolationLevel, default));

    /// <summary>Begins a transaction inside the session's own: a savepoint.</summary>
    /// <inheritdoc/>
    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(
        IsolationLevel isolationLevel, CancellationToken cancellationToken) =>
        await SavepointTransaction.BeginTransactionAsync(this, isolationLevel, cancellationToken).ConfigureAwait(false);

    /// <summary>Does nothing: the session returns its connection at its end.</summary>
    /// <inheritdoc/>
    [SuppressMessage("Usage", "CA2215", Justification = "The base would close and raise Disposed; a session's connection " +
        "lives on.")]
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            (Owned as IDisposable)?.Dispose();
        }
    }

    private DataTable ReadSchema(string? collection, string?[]? restrictions) =>
        SynchronousCalls.Run(
            "DbConnection.GetSchema", "GetSchemaAsync", () => SchemaAsync(collection, restrictions, default));

    private Task<DataTable> SchemaAsync(string? collection, string?[]? restrictions, CancellationToken cancellationToken) =>
        Unit.RunAsync(
            Operation.Schema,
            (collection, restrictions),
            static (connection, asked, token) => connection.GetSchemaAsync(asked.collection, asked.restrictions, token),
            cancellationToken);
}
