using System.Data;
using System.Data.Common;
using System.Runtime.ExceptionServices;
using Millpond.AdoNet;
using Millpond.Leasing;
using Millpond.Providers;
using Millpond.Transactions.Failures;

namespace Millpond.Transactions;

/// <summary>One life of a session: from its first statement over its transactions to its end.</summary>
/// <remarks>
/// <para>It leases a connection with the first operation and gives it back with each commit or rollback, so between two
/// transactions it holds nothing. The facade belongs to the unit of work, not to the session: whoever keeps it past the end is
/// told so, even when the session has been armed anew (S08).</para>
/// <para><see cref="SessionUse"/> lets one operation in at a time; everything below it runs inside such an operation, or after
/// <see cref="SessionUse.CloseAsync"/> said that there will be none.</para>
/// </remarks>
internal sealed partial class UnitOfWork
{
    private DbSessionOptions _options;
    private readonly SessionUse _use;
    private readonly TransactionHealth _health = new();
    private CancellationTokenSource? _waiting;   // for permits and a connection
    private SessionLease? _lease;
    private SessionEnd? _end;
    private SessionConnection? _facade;
    private SessionClock? _clock;

    public UnitOfWork(long id, SessionServices services, DbSessionOptions options, SessionOrigin origin)
    {
        Id = id;
        Services = services;
        Origin = origin;
        _options = options;
        _use = new SessionUse(
            services.Source.Dialect.AllowsCommandsBesideReaders, services.Time, services.Settings.CaptureStacks);
        _clock = ClockOf(options);
    }

    public long Id { get; }

    public SessionServices Services { get; }

    public SessionOrigin Origin { get; private set; }

    /// <summary>Gets the flow that it belongs to; null outside of any (S14).</summary>
    public SessionFlow? Flow { get; private set; } = SessionFlow.Current;

    /// <summary>Gets whether somebody runs its work and ends it: a request, a job, <c>RunAsync</c>.</summary>
    public bool IsRun => Origin.IsManaged || Flow is { HasEnded: false };

    public SavepointStack Savepoints { get; } = new();

    public SessionConnection Facade => _facade ??= Services.CreateFacade(new SessionSeat(this));

    /// <summary>Notes for its flow that it committed something: done again, the work around it would do it twice (S17).</summary>
    public void NoteCommitted()
    {
        if (!OnlyReads)
        {
            Flow?.Note("a session that was opened inside it had committed");
        }
    }

    /// <summary>Notes for its flow that work is durable, so that no answer may ask the client to repeat it (S23).</summary>
    /// <param name="wrote">Whether a statement is known to have changed something. Where nobody knows, a session that may write
    /// counts as one that did.</param>
    public void NoteDurable(bool wrote)
    {
        if (MayHaveWritten(wrote))
        {
            Flow?.NoteDurable();
        }
    }

    private bool MayHaveWritten(bool wrote) =>
        wrote || (!OnlyReads && (Origin.BeginsAsWriter || Options.Access == SessionAccess.ReadWrite));

    /// <summary>Ends what it has read, and continues with other options and another origin (S24).</summary>
    /// <returns>False: it cannot, because something is still open on it, or its commit point is past.</returns>
    public async ValueTask<bool> TryBeginAnewAsync(DbSessionOptions options, SessionOrigin origin)
    {
        if (_end is not null || _commitPoint is not null || OpenTransactions > 0)
        {
            return false;
        }

        if (IsHolding)
        {
            await _cleanUp.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ReturnIfIdleAsync().ConfigureAwait(false);
            if (IsHolding)
            {
                return false;
            }
        }

        _clock?.Dispose();
        (_options, Origin, _clock) = (options, origin, ClockOf(options));
        (Flow, HasCommitted) = (SessionFlow.Current, false);
        return true;
    }

    /// <summary>Gets whether it holds a connection.</summary>
    public bool IsHolding => Volatile.Read(ref _lease) is not null;

    /// <summary>Gets whether the transaction is known to have changed rows.</summary>
    public bool HasWritten => Volatile.Read(ref _lease)?.HasWritten ?? false;

    public IsolationLevel Isolation =>
        Services.Source.Dialect.IsolationFor(
            Options.Isolation ?? Volatile.Read(ref _lease)?.Connection.DefaultIsolation ?? IsolationLevel.Unspecified);

    public SessionState State =>
        _end is not null ? SessionState.Ended
        : _health.Worst >= FailureKind.Gone ? SessionState.Gone
        : _health.Worst == FailureKind.Aborted ? SessionState.Aborted
        : _commitPoint is not null ? SessionState.Reading
        : IsHolding ? SessionState.Active
        : SessionState.Idle;

    private bool BeginsAsWriter => Options.Access switch
    {
        _ when OnlyReads => false,
        _ when Origin.IsAgain => true,
        SessionAccess.ReadWrite => true,
        SessionAccess.ReadFirst => false,
        _ => Origin.BeginsAsWriter,
    };

    /// <summary>
    /// Runs one operation on the session's connection, leasing it and beginning the transaction if that has not happened yet.
    /// </summary>
    public async Task<TResult> RunAsync<TState, TResult>(
        Operation operation,
        TState state,
        Func<ProviderConnection, TState, CancellationToken, Task<TResult>> execute,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        AmbientTransaction.ThrowIfAny(operation);
        ThrowIfStateIsLost(operation);
        if (operation.Kind != OperationKind.CleanUp)
        {
            await _cleanUp.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Begin(operation);
        CancellationTokenSource? linked = null;
        CancellationTokenSource? timed = null;
        try
        {
            StartClock(operation);
            _health.ThrowIfUnusable(operation, Origin.Operation);
            var token = Link(operation, cancellationToken, ref linked);
            token.ThrowIfCancellationRequested();
            await LeaseAsync(operation, token).ConfigureAwait(false);
            token = LinkClock(operation, token, ref timed);
            var connection = await ReadyAsync(operation, token).ConfigureAwait(false);
            ThrowIfEnded();   // while this one waited in the queue the session may have ended
            using var governed = Govern(token);
            token = governed.Token;
            try
            {
                return NoteRun(operation, await Watch(execute(connection, state, token), operation).ConfigureAwait(false));
            }
            catch (Exception error) when (!OnlyReads && connection.NeedsWriter(error))
            {
                connection = await BecomeWriterAsync(operation, token).ConfigureAwait(false);
            }
            catch (Exception error) when (operation.Kind == OperationKind.Command && _lease!.InTransaction &&
                connection.MayBeginAgain(error, operation.Target))
            {
                await BeginAgainAsync(operation, token).ConfigureAwait(false);
            }

            // Nothing was run the first time.
            ThrowIfEnded();   // it may have waited for its turn to write
            return NoteRun(operation, await Watch(execute(connection, state, token), operation).ConfigureAwait(false));
        }
        catch (Exception error)
        {
            AbandonIfRunning();
            var told = Note(error, operation, cancellationToken);
            await LetGoIfLostAsync(error).ConfigureAwait(false);
            if (told is not null)
            {
                ExceptionDispatchInfo.Throw(told);   // it may be the caller's own
            }

            throw;
        }
        finally
        {
            timed?.Dispose();
            linked?.Dispose();
            EndWriteIfAlone();
            _use.End();
            if (_commitPoint is not null)
            {
                await ReturnIfIdleAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Gets whether its work is done again after a failure, so that it would rather wait than fail.</summary>
    public bool IsPatient => _options.Retries > 0;

    public SessionActivity GetActivity() => _use.GetActivity();

    /// <summary>Says whether an operation of the present lease has ended since a timestamp; well, if its connection is still
    /// there.</summary>
    public bool HasEndedSince(long timestamp) => _use.HasEndedSince(timestamp);

    public void CalledFrom(CodeSite site) => _use.CalledFrom(site);

    public void Opened(SessionDataReader reader) => _use.Opened(reader);

    public void Closed(SessionDataReader reader) => _use.Closed(reader);

    /// <summary>Notes the reader of a save, whose steps nobody sees: the commit has to find out what failed in one.</summary>
    public DbDataReader OpenedUnseen(UnseenReader reader)
    {
        _health.NoteUnseen();
        _lease!.HasWritten = true;
        _use.Opened(reader);
        return reader.Reader;
    }

    /// <summary>Notes how many rows a statement says it changed.</summary>
    public int NoteRows(int changed)
    {
        if (changed > 0 && _lease is { } lease)
        {
            lease.HasWritten = true;
        }

        return changed;
    }

    public void ThrowIfEnded()
    {
        if (_end is { } end)
        {
            throw new SessionEndedException(Origin.Operation, end);
        }
    }

    /// <summary>Cancels a command or batch if it is the one that runs. Never throws.</summary>
    public async Task CancelAsync(object target)
    {
        if (_use.Running is { Target: { } running } && ReferenceEquals(running, target) && Volatile.Read(ref _lease) is { } lease)
        {
            await lease.CancelAsync(target).ConfigureAwait(false);
        }
    }

    /// <summary>Notes that the transaction is back at a savepoint, which heals what only aborted it.</summary>
    public void RolledBackTo(string savepoint)
    {
        var mark = Savepoints.RollBackTo(savepoint);
        _health.Heal();
        if (mark is { } hooks)
        {
            _hooks?.CutTo(hooks);
        }
    }

    /// <summary>Notes that a savepoint was set.</summary>
    public void Saved(string savepoint, bool isTransaction) =>
        Savepoints.Push(savepoint, isTransaction, _hooks?.Mark ?? default);

    private SessionClock? ClockOf(DbSessionOptions options) =>
        options.Timeout is { } limit ? new SessionClock(limit, Services.Time) : null;

    private void Begin(Operation operation)
    {
        try
        {
            if (!_use.TryBegin(operation))
            {
                ThrowIfEnded();
            }
        }
        catch (SessionConcurrencyException error) when (_timedOut)
        {
            throw TimedOut(error);   // it came while its time's end rolled back
        }
    }

    private CancellationToken Link(Operation operation, CancellationToken caller, ref CancellationTokenSource? linked)
    {
        // Left open, a reader would stay on the connection for whoever has it next (S07).
        if (operation.Kind == OperationKind.CleanUp || caller == Origin.Aborted || !Origin.Aborted.CanBeCanceled)
        {
            return caller;   // the usual case: the handler passes on the token it was given
        }

        if (!caller.CanBeCanceled)
        {
            return Origin.Aborted;
        }

        linked = CancellationTokenSource.CreateLinkedTokenSource(caller, Origin.Aborted);
        return linked.Token;
    }

    private async ValueTask<ProviderConnection> ReadyAsync(Operation operation, CancellationToken cancellationToken)
    {
        var stage = IsAutocommit && !operation.Begins ? LeaseStage.Autocommit : LeaseStage.Transaction;
        if (_lease!.Stage < stage)
        {
            await BeginStageAsync(stage, operation, cancellationToken).ConfigureAwait(false);
        }

        if (operation.IsAlone)
        {
            await _lease.Connection.SettleAsync(cancellationToken).ConfigureAwait(false);
        }

        return _lease.Connection;
    }

    /// <summary>Begins the transaction again whose first statement was refused because its plan was stale (S19).</summary>
    private async ValueTask BeginAgainAsync(Operation operation, CancellationToken cancellationToken)
    {
        try
        {
            await _lease!.BeginAgainAsync(Options, operation.IsAlone, cancellationToken).ConfigureAwait(false);
            foreach (var savepoint in Savepoints.Names)   // they were sent in front of it
            {
                await _lease.Connection.SaveAsync(savepoint, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            await GiveUpAsync(error).ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask BeginStageAsync(LeaseStage stage, Operation operation, CancellationToken cancellationToken)
    {
        try
        {
            await _lease!.BeginAsync(stage, Options, operation.IsAlone, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await GiveUpAsync(error).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Gives a connection back on which no transaction could begin: nothing may run there without one.</summary>
    private async ValueTask GiveUpAsync(Exception error)
    {
        var lost = _lease!.Connection.Examine(error) == FailureKind.ConnectionLost;
        await RollBackLeaseAsync().ConfigureAwait(false);
        if (lost && TellLost(error) is { } told)
        {
            throw told;
        }
    }
}
