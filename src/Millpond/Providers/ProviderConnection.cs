using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>One physical connection while a session has it.</summary>
/// <remarks>For provider authors. A session calls it from one task at a time, except <see cref="CancelAsync"/>, which is called
/// while a command runs. No member may block its caller's thread: a driver without asynchronous I/O brings its own threads.
/// </remarks>
[Experimental(ProviderSeam.Id)]
public abstract class ProviderConnection
{
    /// <summary>Gets the driver's own connection.</summary>
    public abstract DbConnection Connection { get; }

    /// <summary>Gets the driver's transaction; null: the driver has no object for it.</summary>
    public virtual DbTransaction? Transaction => null;

    /// <summary>Gets the isolation level of a transaction that asks for none.</summary>
    /// <value>Default <see cref="IsolationLevel.Unspecified"/>: <see cref="DatabaseDialect.DefaultIsolation"/>.</value>
    public virtual IsolationLevel DefaultIsolation => IsolationLevel.Unspecified;

    /// <summary>Begins a transaction, or with <see cref="TransactionSettings.Autocommit"/> notes how statements run.</summary>
    /// <remarks>The latter may be followed by the former on the same connection. <see cref="RollbackAsync"/> ends either;
    /// <see cref="CommitAsync"/> is for a transaction only.</remarks>
    public abstract ValueTask BeginAsync(TransactionSettings settings, CancellationToken cancellationToken);

    /// <summary>Sends what was kept for the first command's packet, because the next command may take nothing along.</summary>
    public virtual ValueTask SettleAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Keeps commands that are to run in front of whatever comes next, in order and in its packet: the next execution, a
    /// commit, or <see cref="SettleAsync"/>, which comes before all else.</summary>
    /// <param name="commands">The driver's commands, each a single statement. Their results are dropped. They replace those of
    /// an earlier call; a rollback forgets them.</param>
    /// <exception cref="NotSupportedException">The provider cannot, or the connection cannot run one of them.</exception>
    public virtual void Queue(IReadOnlyList<DbCommand> commands) =>
        throw new NotSupportedException("This provider cannot queue statements. Execute them instead.");

    /// <summary>Says which of the queued commands an error is of. Called right after the error.</summary>
    /// <returns>Null: none, or nobody knows.</returns>
    public virtual DbCommand? FindQueued(Exception failure) => null;

    /// <summary>Counts the rows that a reader's own statements changed, without those of commands queued in front.</summary>
    public virtual int CountRows(DbDataReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return reader.RecordsAffected;
    }

    /// <summary>Commits the transaction; true only when the database has said that it did.</summary>
    /// <param name="verify">Whether a statement failed or may have gone around the session, so that a driver which reports
    /// success for the commit of an aborted transaction has to make sure.</param>
    /// <param name="cancellationToken">Ends the wait; the outcome is then unknown.</param>
    /// <returns>False: the database answered that the transaction was aborted or is no more, so nothing was committed.</returns>
    public abstract ValueTask<bool> CommitAsync(bool verify, CancellationToken cancellationToken);

    /// <summary>Commits like <see cref="CommitAsync"/> and fetches <see cref="CommitEvidence"/> before the database can commit,
    /// without a round trip of its own. A provider that has none just commits.</summary>
    /// <inheritdoc cref="CommitAsync"/>
    public virtual ValueTask<bool> CommitConfirmablyAsync(bool verify, CancellationToken cancellationToken) =>
        CommitAsync(verify, cancellationToken);

    /// <summary>Gets what <see cref="ConnectionSource.ConfirmCommitAsync"/> needs to query the outcome of a commit.</summary>
    /// <value>Null: there is none. Read while a commit runs, and after the connection was given back.</value>
    public virtual object? CommitEvidence => null;

    /// <summary>Gets whether nobody has to wait for the answer to the present transaction's end, by commit or rollback: it only
    /// read, and there is nothing that its commit could fail to do.</summary>
    /// <value>Default false. The connection is given back when the answer is there. Where a commit has to verify, it is waited
    /// for all the same.</value>
    public virtual bool CanEndWithoutReply => false;

    /// <summary>Rolls the transaction back; does nothing when there is none any more.</summary>
    public abstract ValueTask RollbackAsync(CancellationToken cancellationToken);

    /// <summary>Sets a savepoint.</summary>
    public abstract ValueTask SaveAsync(string savepoint, CancellationToken cancellationToken);

    /// <summary>Rolls back to a savepoint, which stays.</summary>
    public abstract ValueTask RollbackToAsync(string savepoint, CancellationToken cancellationToken);

    /// <summary>Releases a savepoint.</summary>
    public abstract ValueTask ReleaseAsync(string savepoint, CancellationToken cancellationToken);

    /// <summary>Gets when the connection was last used, if it comes from a pool.</summary>
    /// <value>A timestamp of the engine's <see cref="TimeProvider"/>; null: it is new, or cannot die while it is idle.</value>
    public virtual long? LastUsed => null;

    /// <summary>Sends an empty query, to find out whether a connection that was idle is still alive.</summary>
    /// <exception cref="DbException">It is not.</exception>
    public virtual Task PingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Says what an error did to the transaction. Called right after the error, before anything else is sent.</summary>
    /// <returns><see cref="FailureKind.ConnectionLost"/> only if the driver's own error says so;
    /// <see cref="FailureKind.TransactionLost"/>
    /// if the driver closed the connection for another error, such as a value that it could not write.</returns>
    public abstract FailureKind Examine(Exception failure);

    /// <summary>Says what a failed commit was, from its error alone. Called right after the error.</summary>
    /// <returns><see cref="CommitOutcome.RolledBack"/>: it is certain that nothing was committed. Default: that, unless the
    /// connection was lost or the clean-up's limit has passed.</returns>
    public virtual CommitOutcome ExamineCommit(Exception failure) =>
        failure is OperationCanceledException || Examine(failure) == FailureKind.ConnectionLost
            ? CommitOutcome.Unknown
            : CommitOutcome.RolledBack;

    /// <summary>Finds the error behind one that the driver reports instead, such as a lost connection that it closed itself.
    /// </summary>
    /// <returns>The error to report; by default the same.</returns>
    public virtual Exception FindCause(Exception failure) => failure;

    /// <summary>Says whether a command can be sent again in a new transaction: it was the first of its transaction, and the
    /// server refused it because its prepared plan is stale. Called right after the error.</summary>
    /// <param name="failure">The error.</param>
    /// <param name="command">The provider's command or batch; null for other work.</param>
    public virtual bool CanRestartTransaction(Exception failure, object? command) => false;

    /// <summary>Executes a command and returns its reader.</summary>
    public abstract Task<DbDataReader> ExecuteReaderAsync(
        DbCommand command, CommandBehavior behavior, CancellationToken cancellationToken);

    /// <summary>Executes a command and returns the number of rows it changed.</summary>
    public abstract Task<int> ExecuteNonQueryAsync(DbCommand command, CancellationToken cancellationToken);

    /// <summary>Executes a command and returns the first column of its first row.</summary>
    public abstract Task<object?> ExecuteScalarAsync(DbCommand command, CancellationToken cancellationToken);

    /// <summary>Gets whether an <c>ExecuteScalarAsync</c> since the last <see cref="BeginAsync"/> changed rows.</summary>
    public virtual bool HasWritten => false;

    /// <summary>Prepares a command.</summary>
    public abstract Task PrepareAsync(DbCommand command, CancellationToken cancellationToken);

    /// <summary>Executes a batch and returns its reader.</summary>
    /// <exception cref="NotSupportedException">The driver has no batches.</exception>
    public virtual Task<DbDataReader> ExecuteReaderAsync(
        DbBatch batch, CommandBehavior behavior, CancellationToken cancellationToken) => throw NoBatches();

    /// <summary>Executes a batch and returns the number of rows it changed.</summary>
    /// <exception cref="NotSupportedException">The driver has no batches.</exception>
    public virtual Task<int> ExecuteNonQueryAsync(DbBatch batch, CancellationToken cancellationToken) => throw NoBatches();

    /// <summary>Executes a batch and returns the first column of its first row.</summary>
    /// <exception cref="NotSupportedException">The driver has no batches.</exception>
    public virtual Task<object?> ExecuteScalarAsync(DbBatch batch, CancellationToken cancellationToken) => throw NoBatches();

    /// <summary>Prepares a batch.</summary>
    /// <exception cref="NotSupportedException">The driver has no batches.</exception>
    public virtual Task PrepareAsync(DbBatch batch, CancellationToken cancellationToken) => throw NoBatches();

    /// <summary>Reads schema information.</summary>
    public abstract Task<DataTable> GetSchemaAsync(
        string? collection, string?[]? restrictions, CancellationToken cancellationToken);

    /// <summary>Asks the database to give up what runs now. Returns when the request was sent or nothing runs any more.</summary>
    /// <param name="running">The command, the batch, or the work given to <see cref="UseAsync"/>.</param>
    public abstract Task CancelAsync(object running);

    /// <summary>Gives up a connection on which the driver still runs something, because not even its cancellation was answered.
    /// It is lost from now on. Its return waits for nothing and has it closed when the driver is done.</summary>
    /// <param name="running">What the driver runs.</param>
    public virtual void Abandon(Task running)
    {
    }

    /// <summary>Says whether a reader has to become the writer first (only where there is one writer).</summary>
    public virtual bool NeedsWriter(Exception failure) => false;

    /// <summary>Turns the transaction of a reader into one that writes; the session holds the write permit by now.</summary>
    /// <exception cref="DbException">Somebody else wrote meanwhile: <see cref="DatabaseDialect.IsConflict"/> says so.</exception>
    public virtual ValueTask BecomeWriterAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Gets or sets the id of the row that the session inserted last, on whichever connection.</summary>
    public virtual long LastInsertId
    {
        get => 0;
        set { }
    }

    /// <summary>Gets whether its server is a standby, which refuses every write.</summary>
    public virtual bool IsStandby => false;

    /// <summary>Gets whether somebody else may have it when it is given back: it is open, and its state is known.</summary>
    public virtual bool IsReusable => Connection.State == ConnectionState.Open;

    /// <summary>Gets whether <see cref="ResetAsync"/> is needed: the session may have left state behind.</summary>
    public virtual bool NeedsReset => false;

    /// <summary>Gets the statement that set something which ends with the transaction or the lease; null: none did.</summary>
    public virtual string? State => null;

    /// <summary>Has it count as full of state, whatever the commands looked like.</summary>
    public virtual void MarkDirty()
    {
    }

    /// <summary>Undoes what a session left besides its transaction, which is over. Called before
    /// <see cref="ConnectionSource.ReturnAsync"/>, which closes a connection whose reset failed.</summary>
    /// <param name="cancellationToken">Ends it; the connection is in doubt then.</param>
    public virtual ValueTask ResetAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Has work done with the driver's own connection, inside the transaction.</summary>
    /// <param name="work">The work. <see cref="CancelAsync"/> gets it as what runs.</param>
    /// <param name="cancellationToken">Handed to the work.</param>
    /// <returns>What the work returns, once the transaction is known to be the same, alive, and without anything open.</returns>
    /// <exception cref="InvalidOperationException">The work ended the transaction, closed the connection, or left something open;
    /// <see cref="Examine"/> says <see cref="FailureKind.TransactionLost"/> from then on.</exception>
    public virtual Task<TResult> UseAsync<TResult>(
        Func<DbConnection, CancellationToken, Task<TResult>> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        return work(Connection, cancellationToken);
    }

    private static NotSupportedException NoBatches() => new("The driver does not support batches; run the commands one by one.");
}
