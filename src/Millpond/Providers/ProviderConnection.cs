using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>A physical connection while a session uses it.</summary>
/// <remarks>For provider authors. A session calls it from one task at a time, except <see cref="CancelAsync"/>, which is called
/// while a command runs. No member may block its caller's thread: a driver without asynchronous I/O needs its own
/// threads.</remarks>
[Experimental(ProviderSeam.Id)]
public abstract class ProviderConnection
{
    /// <summary>Gets the driver's own connection.</summary>
    public abstract DbConnection Connection { get; }

    /// <summary>Gets the driver's transaction; null if the driver has no object for it.</summary>
    public virtual DbTransaction? Transaction => null;

    /// <summary>Gets the isolation level of a transaction that requests none.</summary>
    /// <value>Default <see cref="IsolationLevel.Unspecified"/>: <see cref="DatabaseDialect.DefaultIsolation"/>.</value>
    public virtual IsolationLevel DefaultIsolation => IsolationLevel.Unspecified;

    /// <summary>Begins a transaction, or with <see cref="TransactionSettings.Autocommit"/> sets how statements run.</summary>
    /// <remarks>The latter may be followed by the former on the same connection. <see cref="RollbackAsync"/> ends both; <see
    /// cref="CommitAsync"/> is for a transaction only.</remarks>
    public abstract ValueTask BeginAsync(TransactionSettings settings, CancellationToken cancellationToken);

    /// <summary>Sends what was kept for the first command's packet, because the next command cannot include it.</summary>
    public virtual ValueTask SettleAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Keeps commands that run before whatever comes next, in order and in its packet: the next execution, a commit,
    /// or <see cref="SettleAsync"/>, which comes before all else.</summary>
    /// <param name="commands">The driver's commands, each a single statement. Their results are ignored. They replace those of
    /// an earlier call; a rollback drops them.</param>
    /// <exception cref="NotSupportedException">The provider does not support this, or the connection cannot run one of
    /// them.</exception>
    public virtual void Queue(IReadOnlyList<DbCommand> commands) =>
        throw new NotSupportedException("This provider cannot queue statements. Execute them instead.");

    /// <summary>Finds the queued command that caused an error. Called right after the error.</summary>
    /// <returns>Null if it is none, or unknown.</returns>
    public virtual DbCommand? FindQueued(Exception failure) => null;

    /// <summary>Counts the rows that a reader's own statements changed, without those of queued commands.</summary>
    public virtual int CountRows(DbDataReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return reader.RecordsAffected;
    }

    /// <summary>Commits the transaction. Returns true only if the database confirmed it.</summary>
    /// <param name="verify">Whether a statement failed or may have bypassed the session, so that a driver which reports success
    /// for the commit of an aborted transaction has to check.</param>
    /// <param name="cancellationToken">Ends the wait; the outcome is then unknown.</param>
    /// <returns>False if the database answered that the transaction was aborted or does not exist, so nothing was
    /// committed.</returns>
    public abstract ValueTask<bool> CommitAsync(bool verify, CancellationToken cancellationToken);

    /// <summary>Commits like <see cref="CommitAsync"/> and gets <see cref="CommitEvidence"/> before the database can commit,
    /// without an additional round trip. A provider without it just commits.</summary>
    /// <inheritdoc cref="CommitAsync"/>
    public virtual ValueTask<bool> CommitConfirmablyAsync(bool verify, CancellationToken cancellationToken) =>
        CommitAsync(verify, cancellationToken);

    /// <summary>Gets what <see cref="ConnectionSource.ConfirmCommitAsync"/> needs to query the outcome of a commit.</summary>
    /// <value>Null if there is none. Read while a commit runs, and after the connection was returned.</value>
    public virtual object? CommitEvidence => null;

    /// <summary>Gets whether the answer to the end of the current transaction need not be awaited: it only read, and its commit
    /// cannot fail.</summary>
    /// <value>Default false. The connection is returned when the answer arrives. If a commit has to verify, it is awaited
    /// nevertheless.</value>
    public virtual bool CanEndWithoutReply => false;

    /// <summary>Rolls back the transaction. Does nothing if there is none any more.</summary>
    public abstract ValueTask RollbackAsync(CancellationToken cancellationToken);

    /// <summary>Sets a savepoint.</summary>
    public abstract ValueTask SaveAsync(string savepoint, CancellationToken cancellationToken);

    /// <summary>Rolls back to a savepoint, which remains.</summary>
    public abstract ValueTask RollbackToAsync(string savepoint, CancellationToken cancellationToken);

    /// <summary>Releases a savepoint.</summary>
    public abstract ValueTask ReleaseAsync(string savepoint, CancellationToken cancellationToken);

    /// <summary>Gets when the connection was last used, if it comes from a pool.</summary>
    /// <value>A timestamp of the engine's <see cref="TimeProvider"/>; null if it is new, or cannot die while idle.</value>
    public virtual long? LastUsed => null;

    /// <summary>Sends an empty query to check that an idle connection is still alive.</summary>
    /// <exception cref="DbException">It is not.</exception>
    public virtual Task PingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Determines the effect of an error on the transaction. Called right after the error, before anything else is
    /// sent.</summary>
    /// <returns><see cref="FailureKind.ConnectionLost"/> only if the driver's own error says so; <see
    /// cref="FailureKind.TransactionLost"/> if the driver closed the connection for another error, such as a value that it
    /// could not write.</returns>
    public abstract FailureKind Examine(Exception failure);

    /// <summary>Determines the outcome of a failed commit from its error. Called right after the error.</summary>
    /// <returns><see cref="CommitOutcome.RolledBack"/> if it is certain that nothing was committed. Default: that, unless the
    /// connection was lost or the clean-up limit has passed.</returns>
    public virtual CommitOutcome ExamineCommit(Exception failure) =>
        failure is OperationCanceledException || Examine(failure) == FailureKind.ConnectionLost
            ? CommitOutcome.Unknown
            : CommitOutcome.RolledBack;

    /// <summary>Finds the error behind one that the driver reports instead, such as a lost connection that it closed
    /// itself.</summary>
    /// <returns>The error to report; by default the same.</returns>
    public virtual Exception FindCause(Exception failure) => failure;

    /// <summary>Returns whether a command can be sent again in a new transaction: it was the first of its transaction, and the
    /// server rejected it because its prepared plan is stale. Called right after the error.</summary>
    /// <param name="failure">The error.</param>
    /// <param name="command">The provider's command or batch; null for other work.</param>
    public virtual bool CanRestartTransaction(Exception failure, object? command) => false;

    /// <summary>Executes a command and returns its reader.</summary>
    public abstract Task<DbDataReader> ExecuteReaderAsync(
        DbCommand command, CommandBehavior behavior, CancellationToken cancellationToken);

    /// <summary>Executes a command and returns the number of affected rows.</summary>
    public abstract Task<int> ExecuteNonQueryAsync(DbCommand command, CancellationToken cancellationToken);

    /// <summary>Executes a command and returns the first column of its first row.</summary>
    public abstract Task<object?> ExecuteScalarAsync(DbCommand command, CancellationToken cancellationToken);

    /// <summary>Gets whether an <c>ExecuteScalarAsync</c> since the last <see cref="BeginAsync"/> changed rows.</summary>
    public virtual bool HasWritten => false;

    /// <summary>Prepares a command.</summary>
    public abstract Task PrepareAsync(DbCommand command, CancellationToken cancellationToken);

    /// <summary>Executes a batch and returns its reader.</summary>
    /// <exception cref="NotSupportedException">The driver does not support batches.</exception>
    public virtual Task<DbDataReader> ExecuteReaderAsync(
        DbBatch batch, CommandBehavior behavior, CancellationToken cancellationToken) => throw NoBatches();

    /// <summary>Executes a batch and returns the number of affected rows.</summary>
    /// <exception cref="NotSupportedException">The driver does not support batches.</exception>
    public virtual Task<int> ExecuteNonQueryAsync(DbBatch batch, CancellationToken cancellationToken) => throw NoBatches();

    /// <summary>Executes a batch and returns the first column of its first row.</summary>
    /// <exception cref="NotSupportedException">The driver does not support batches.</exception>
    public virtual Task<object?> ExecuteScalarAsync(DbBatch batch, CancellationToken cancellationToken) => throw NoBatches();

    /// <summary>Prepares a batch.</summary>
    /// <exception cref="NotSupportedException">The driver does not support batches.</exception>
    public virtual Task PrepareAsync(DbBatch batch, CancellationToken cancellationToken) => throw NoBatches();

    /// <summary>Reads schema information.</summary>
    public abstract Task<DataTable> GetSchemaAsync(
        string? collection, string?[]? restrictions, CancellationToken cancellationToken);

    /// <summary>Requests the cancellation of what runs now. Completes when the request was sent or nothing runs any
    /// more.</summary>
    /// <param name="running">The command, the batch, or the work passed to <see cref="UseAsync"/>.</param>
    public abstract Task CancelAsync(object running);

    /// <summary>Abandons a connection on which the driver still runs something, because not even its cancellation was answered.
    /// It is lost from now on. Its return waits for nothing, and it is closed when the driver is done.</summary>
    /// <param name="running">What the driver runs.</param>
    public virtual void Abandon(Task running)
    {
    }

    /// <summary>Returns whether a reader has to become the writer first (only if there is one writer).</summary>
    public virtual bool NeedsWriter(Exception failure) => false;

    /// <summary>Turns the transaction of a reader into one that writes. The session already holds the write permit.</summary>
    /// <exception cref="DbException">Another session wrote in the meantime: <see cref="DatabaseDialect.IsConflict"/> is
    /// true.</exception>
    public virtual ValueTask BecomeWriterAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Gets or sets the id of the row that the session inserted last, on any connection.</summary>
    public virtual long LastInsertId
    {
        get => 0;
        set { }
    }

    /// <summary>Gets whether its server is a standby, which rejects every write.</summary>
    public virtual bool IsStandby => false;

    /// <summary>Gets whether another session may use it after its return: it is open, and its state is known.</summary>
    public virtual bool IsReusable => Connection.State == ConnectionState.Open;

    /// <summary>Gets whether <see cref="ResetAsync"/> is needed: the session may have left state behind.</summary>
    public virtual bool NeedsReset => false;

    /// <summary>Gets the statement that set state which ends with the transaction or the lease; null if there is
    /// none.</summary>
    public virtual string? State => null;

    /// <summary>Marks it as having state, regardless of its commands.</summary>
    public virtual void MarkDirty()
    {
    }

    /// <summary>Undoes the state that a session left, after its transaction. Called before <see
    /// cref="ConnectionSource.ReturnAsync"/>, which closes a connection whose reset failed.</summary>
    /// <param name="cancellationToken">Cancels it; the connection's state is then unknown.</param>
    public virtual ValueTask ResetAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Runs work with the driver's own connection, inside the transaction.</summary>
    /// <param name="work">The work. <see cref="CancelAsync"/> receives it as what runs.</param>
    /// <param name="cancellationToken">Passed to the work.</param>
    /// <returns>The result of the work, once the transaction is known to be the same, alive, and without anything
    /// open.</returns>
    /// <exception cref="InvalidOperationException">The work ended the transaction, closed the connection, or left something
    /// open; <see cref="Examine"/> returns <see cref="FailureKind.TransactionLost"/> from then on.</exception>
    public virtual Task<TResult> UseAsync<TResult>(
        Func<DbConnection, CancellationToken, Task<TResult>> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        return work(Connection, cancellationToken);
    }

    private static NotSupportedException NoBatches() => new("The driver does not support batches; run the commands one by one.");
}
