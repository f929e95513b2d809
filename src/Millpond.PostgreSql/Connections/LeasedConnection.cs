using System.Data;
using System.Data.Common;
using System.Runtime.CompilerServices;
using Millpond.PostgreSql.Outcome;
using Millpond.PostgreSql.Pool;
using Millpond.PostgreSql.Statements;
using Millpond.Providers;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql.Connections;

/// <summary>A connection of Npgsql's pool while a session uses it.</summary>
internal sealed class LeasedConnection(
    RealConnection real,
    PhysicalConnection physical,
    ServerFacts facts,
    DriverPool pool,
    PoolTraits traits) : ProviderConnection
{
    private const int MaxKept = 16;

    private readonly CommandBinding _binding = new(real, traits);
    private PrecedingStatements? _preceding;   // null: this session has neither settings nor queued statements
    private CommitPacket? _commit;
    private int _commands;
    private int _kept;   // savepoints that the session has released
    private int _backend;
    private NpgsqlTransaction? _transaction;
    private bool _sent;
    private bool _isSet;
    private bool _isGone;
    private bool _isBegun;   // and not ended by the session itself
    private bool _isUnsure;
    private bool _isCommitSent;

    public override DbConnection Connection => real;

    public override bool HasWritten => _binding.HasWritten;

    public override IsolationLevel DefaultIsolation => facts.Level;

    /// <summary>Gets whether its state is unknown. Then no other session may use it.</summary>
    public bool IsDoubtful { get; private set; }

    /// <summary>Gets the server process that worked last; zero if it is unknown behind a pooler.</summary>
    public int Backend => _backend != 0 || traits.IsBehindPooler ? _backend : real.ProcessID;

    public override object? CommitEvidence => Volatile.Read(ref _commit)?.Evidence;

    /// <remarks>PostgreSQL 14 and later report it, and report changes. For older versions a rejected write counts.</remarks>
    public override bool IsStandby => !IsLost
        && (!real.PostgresParameters.TryGetValue("in_hot_standby", out var standby) || standby == "on");

    public override bool IsReusable => !IsDoubtful && !IsLost;

    public override long? LastUsed => physical.LastUsed;

    public override bool NeedsReset => _binding.IsDirty && !IsDoubtful && !IsLost;

    /// <summary>Gets the driver's work that still runs without being awaited, or null.</summary>
    public Task? Abandoned { get; private set; }

    public override bool CanEndWithoutReply => _binding.OnlyReads && !HasWritten && !IsLost;

    private bool IsWaiting => _preceding is { IsWaiting: true };

    private bool HasQueued => _preceding is { HasQueued: true };

    private PrecedingStatements Preceding => _preceding ??= new PrecedingStatements(real, _binding, traits.PreparesByItself);

    private bool IsLost => Abandoned is not null || real.State != ConnectionState.Open;

    public override NpgsqlTransaction? Transaction => _transaction;

    private NpgsqlTransaction Begun => _transaction ?? throw new InvalidOperationException("No transaction has begun.");

    /// <summary>Gets whether SQL text has ended the transaction, which the text scanner should have rejected.</summary>
    private bool IsOver => _isBegun && _sent && !IsLost && CommitPacket.IsOver(Begun);

    /// <summary>Begins without a round trip: Npgsql sends BEGIN with the first command, and this class sends the
    /// rest.</summary>
    public override async ValueTask BeginAsync(TransactionSettings settings, CancellationToken cancellationToken)
    {
        var level = traits.LevelFor(settings);
        level = level == IsolationLevel.Unspecified ? DefaultIsolation : level;
        (_binding.Limit, _binding.OnlyReads) =
            (settings.StatementTimeout, settings.ReadOnly && level != IsolationLevel.Serializable);
        if ((_isSet ? Prelude.ForStatements(settings) : traits.PreludeFor(settings)) is { } prelude)
        {
            Preceding.Wait(prelude);
        }

        if (settings.Statements is { } statements)
        {
            _binding.Note(statements);
        }

        if (settings.Autocommit)
        {
            // Sent separately and for the whole lease, because some commands, such as VACUUM, cannot share a packet. The
            // driver's reset undoes it.
            (_sent, _isSet) = (true, true);
            _binding.IsDirty |= IsWaiting && new NpgsqlConnectionStringBuilder(real.ConnectionString).NoResetOnClose;
            await SettleAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        (_sent, _commands, _kept) = (false, 0, 0);
        _transaction = await real.BeginTransactionAsync(level, cancellationToken).ConfigureAwait(false);
        _isBegun = true;
    }

    public override async ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        if (IsWaiting)
        {
            _sent = true;
            await _preceding!.SettleAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<bool> CommitAsync(bool verify, CancellationToken cancellationToken)
    {
        var isOver = IsOver;
        _isBegun = false;
        _sent |= HasQueued;
        if (!_sent || isOver)
        {
            return !_sent;   // nothing to commit: closing drops the pending BEGIN without a round trip
        }

        _isCommitSent = !IsLost;
        if (!_isCommitSent)
        {
            throw new NpgsqlException("The connection was lost before COMMIT was sent.");
        }

        if (!verify && !HasQueued)
        {
            await Begun.CommitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }

        return await SendCommitAsync(new CommitPacket(facts: null), verify, cancellationToken).ConfigureAwait(false);
    }

    public override ValueTask<bool> CommitConfirmablyAsync(bool verify, CancellationToken cancellationToken)
    {
        _sent |= HasQueued;
        if (!_sent || IsLost || IsOver || facts.System is null)
        {
            return CommitAsync(verify, cancellationToken);
        }

        _isBegun = false;
        var commit = new CommitPacket(facts);
        Volatile.Write(ref _commit, commit);
        return new(SendCommitAsync(commit, verify, cancellationToken));
    }

    public override async ValueTask RollbackAsync(CancellationToken cancellationToken)
    {
        _isBegun = false;
        _preceding?.Forget();

        // Lost: the server has rolled back. Nothing sent: closing drops the pending BEGIN without a round trip.
        if (IsLost || !_sent || _transaction is null)
        {
            return;
        }

        var wasDoubtful = IsDoubtful;
        IsDoubtful = true;   // until it is done
        await CommitPacket.RollBackAsync(_transaction, cancellationToken).ConfigureAwait(false);
        IsDoubtful = wasDoubtful;
    }

    public override async ValueTask SaveAsync(string savepoint, CancellationToken cancellationToken)
    {
        // First, because settings inside a savepoint would be rolled back with it.
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        await Sent(Begun, runs: false).SaveAsync(savepoint, cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask RollbackToAsync(string savepoint, CancellationToken cancellationToken) =>
        await Sent(Begun).RollbackAsync(savepoint, cancellationToken).ConfigureAwait(false);

    /// <remarks>The session's own savepoint is kept: COMMIT keeps its work, so releasing it would only cost a round trip. Each
    /// is a nesting level on the server, so only a limited number is kept.</remarks>
    public override ValueTask ReleaseAsync(string savepoint, CancellationToken cancellationToken)
    {
        var transaction = Sent(Begun, runs: false);
        var stays = savepoint.StartsWith("millpond_", StringComparison.Ordinal) && _kept++ < MaxKept;
        return stays ? default : new(transaction.ReleaseAsync(savepoint, cancellationToken));
    }

    public override string? State => _binding.State;

    public override void MarkDirty() => (_binding.IsDirty, _binding.State) = (true, "UseProviderConnectionAsync");

    public override async ValueTask ResetAsync(CancellationToken cancellationToken)
    {
        IsDoubtful = true;   // until it is done
        if (_binding.HasLostPlans)
        {
            return;   // the driver would continue to use them, so the connection is closed
        }

        _sent |= _isUnsure;
        await SessionReset.RunAsync(real, _isUnsure, traits.IsShared, cancellationToken).ConfigureAwait(false);

        (_binding.IsDirty, IsDoubtful) = (false, false);
    }

    public override async Task<TResult> UseAsync<TResult>(
        Func<DbConnection, CancellationToken, Task<TResult>> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        var guard = await DriverUse.BeginTransactionAsync(real, Sent(Begun), traits.IsBehindPooler, cancellationToken)
            .ConfigureAwait(false);
        _backend = guard.Backend;
        try
        {
            var result = await work(real, cancellationToken).ConfigureAwait(false);
            await guard.EndAsync(cancellationToken).ConfigureAwait(false);
            return result;
        }
        catch
        {
            _isUnsure = true;
            throw;
        }
        finally
        {
            _isGone |= guard.IsBroken;
            IsDoubtful |= guard.IsBroken;
        }
    }

    public override CommitOutcome ExamineCommit(Exception failure) =>
        !_isCommitSent && _commit is not { IsSent: true } ? CommitOutcome.RolledBack
        : CommitPacket.Evaluate(failure, isUnread: _commit is { Evidence: null } && !traits.IsBehindPooler)
            ?? (IsLost ? CommitOutcome.Unknown : base.ExamineCommit(failure));

    public void NoteReturn()
    {
        if (_commit is { Evidence.System: null })
        {
            physical.Facts = null;   // behind a pooler, the server may have been restarted
        }

        if (_sent && _transaction is not null)
        {
            physical.Touch();
        }
    }

    public override Task PingAsync(CancellationToken cancellationToken) => physical.PingAsync(real, cancellationToken);

    public override FailureKind Examine(Exception failure)
    {
        if (PostgreSqlDialect.Instance.IsStalePlan(failure))
        {
            pool.ForgetPlans(physical);
        }

        return _isGone ? FailureKind.TransactionLost
            : Abandoned is not null ? FailureKind.ConnectionLost
            : DriverFailure.Classify(failure, isOpen: !IsLost);
    }

    public override Exception FindCause(Exception failure) =>
        IsLost && Abandoned is null ? DriverFailure.FindCause(failure, _transaction) : failure;

    public override bool CanRestartTransaction(Exception failure, object? command)
    {
        var isFirst = _commands == 1 && DriverFailure.IsUnrun(failure, command);
        if (isFirst)
        {
            pool.ForgetPlans(physical);
        }

        return isFirst;
    }

    public override Task<DbDataReader> ExecuteReaderAsync(
        DbCommand command, CommandBehavior behavior, CancellationToken cancellationToken)
    {
        var bound = _binding.Bind(Sent(command));
        return TakePreceding()?.ReadAsync(bound, behavior, cancellationToken)
            ?? bound.ExecuteReaderAsync(behavior, cancellationToken);
    }

    public override Task<int> ExecuteNonQueryAsync(DbCommand command, CancellationToken cancellationToken)
    {
        var bound = _binding.Bind(Sent(command));
        return TakePreceding()?.ExecuteAsync(bound, cancellationToken) ?? bound.ExecuteNonQueryAsync(cancellationToken);
    }

    public override Task<object?> ExecuteScalarAsync(DbCommand command, CancellationToken cancellationToken)
    {
        var bound = (NpgsqlCommand)_binding.Bind(Sent(command));
        return TakePreceding()?.ReadAsync(bound, CommandBehavior.Default, cancellationToken) is { } first
            ? _binding.ReadValueAsync(first, cancellationToken)
            : _binding.ReadValueAsync(bound.ExecuteReaderAsync(cancellationToken), cancellationToken);
    }

    public override Task PrepareAsync(DbCommand command, CancellationToken cancellationToken) =>
        PrepareAsync(
            () => _binding.Bind(Sent(command, runs: false)).PrepareAsync(cancellationToken), cancellationToken);

    public override Task<DbDataReader> ExecuteReaderAsync(
        DbBatch batch, CommandBehavior behavior, CancellationToken cancellationToken)
    {
        var bound = _binding.Bind(Sent(batch));
        return TakePreceding()?.ReadAsync(bound, behavior, cancellationToken)
            ?? bound.ExecuteReaderAsync(behavior, cancellationToken);
    }

    public override Task<int> ExecuteNonQueryAsync(DbBatch batch, CancellationToken cancellationToken)
    {
        var bound = _binding.Bind(Sent(batch));
        return TakePreceding()?.ExecuteAsync(bound, cancellationToken) ?? bound.ExecuteNonQueryAsync(cancellationToken);
    }

    public override Task<object?> ExecuteScalarAsync(DbBatch batch, CancellationToken cancellationToken) =>
        _binding.ReadValueAsync(ExecuteReaderAsync(batch, CommandBehavior.Default, cancellationToken), cancellationToken);

    public override Task PrepareAsync(DbBatch batch, CancellationToken cancellationToken) =>
        PrepareAsync(() => _binding.Bind(Sent(batch, runs: false)).PrepareAsync(cancellationToken), cancellationToken);

    public override async Task<DataTable> GetSchemaAsync(
        string? collection, string?[]? restrictions, CancellationToken cancellationToken)
    {
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        return await Sent(_binding).GetSchemaAsync(collection, restrictions, cancellationToken).ConfigureAwait(false);
    }

    public override void Abandon(Task running) => (Abandoned, IsDoubtful) = (running, true);

    public override Task CancelAsync(object running) => CancelRequest.SendAsync(_preceding?.Running(running) ?? running);

    public override void Queue(IReadOnlyList<DbCommand> commands)
    {
        _commands += commands.Count;
        Preceding.Queue(commands);
    }

    public override DbCommand? FindQueued(Exception failure) => _preceding?.Find(failure);

    public override int CountRows(DbDataReader reader) => _preceding?.Count(reader.RecordsAffected) ?? reader.RecordsAffected;

    /// <summary>Returns the waiting statements if they must be sent with the next command, or null.</summary>
    private PrecedingStatements? TakePreceding()
    {
        _preceding?.ForgetJoined();
        return IsWaiting ? _preceding : null;
    }

    private async Task<bool> SendCommitAsync(CommitPacket commit, bool verify, CancellationToken cancellationToken)
    {
        var mayReturnRows = !ReferenceEquals(commit, _commit);
        using var batch = HasQueued
            ? await _preceding!.TakeAsync(mayReturnRows, cancellationToken).ConfigureAwait(false)
            : new NpgsqlBatch(real);
        return await commit.RunAsync(batch, verify, cancellationToken).ConfigureAwait(false);
    }

    private async Task PrepareAsync(Func<Task> prepare, CancellationToken cancellationToken)
    {
        if (traits.MayPrepare)   // otherwise it runs unprepared
        {
            await SettleAsync(cancellationToken).ConfigureAwait(false);
            await prepare().ConfigureAwait(false);
        }
    }

    /// <summary>Records that something is sent, or will be sent with the next command.</summary>
    private T Sent<T>(T what, bool runs = true)
    {
        if (IsOver)
        {
            _isGone = true;
            throw CommitPacket.Ended();
        }

        _sent = true;
        _commands += runs ? 1 : 0;
        if (_transaction is null)
        {
            physical.Touch();   // in autocommit its return does not show when it was last used
        }

        return what;
    }
}
