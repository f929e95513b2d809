using System.Data;
using System.Data.Common;
using Millpond.Providers;

namespace Millpond.Testing.Sandboxes;

/// <summary>The sandbox's connection while a session has it: the session's transaction is a savepoint, until the sandbox is
/// replaced by a real database.</summary>
internal sealed class SandboxConnection(SandboxSource source, ProviderConnection outer) : ProviderConnection
{
    private const string Savepoint = "sandbox";
    private TransactionSettings _settings;
    private bool _isBegun;
    private bool _isLater;   // the outer transaction began before this session
    private bool _hasRun;

    /// <summary>Gets the connection that it wraps.</summary>
    public ProviderConnection Inner => outer;

    /// <summary>Gets whether the outer transaction has ended, so that those of the session are real.</summary>
    public bool IsReal { get; private set; }

    public override DbConnection Connection => outer.Connection;

    public override DbTransaction? Transaction => outer.Transaction;

    public override IsolationLevel DefaultIsolation => outer.DefaultIsolation;

    public override bool HasWritten => outer.HasWritten;

    public override bool IsReusable => !IsReal || outer.IsReusable;

    public override bool NeedsReset => IsReal && outer.NeedsReset;

    public override string? State => outer.State;

    public override object? CommitEvidence => IsReal ? outer.CommitEvidence : null;

    public override async ValueTask BeginAsync(TransactionSettings settings, CancellationToken cancellationToken)
    {
        (_settings, _isLater, _hasRun) = (settings, source.HasRun, false);
        if (!IsReal && source.Enter(settings) is { } reason)
        {
            source.Replace(reason);
        }

        if (IsReal || source.Replaced is not null)
        {
            await EndOuterAsync(cancellationToken).ConfigureAwait(false);
            await outer.BeginAsync(settings, cancellationToken).ConfigureAwait(false);
            return;
        }

        await outer.SaveAsync(Savepoint, cancellationToken).ConfigureAwait(false);
        _isBegun = true;
        if (settings.ReadOnly)
        {
            // Ends with the savepoint in any case.
            await RunAsync("set transaction read only", cancellationToken).ConfigureAwait(false);
        }
    }

    public override async ValueTask<bool> CommitAsync(bool verify, CancellationToken cancellationToken)
    {
        if (IsReal)
        {
            return await outer.CommitAsync(verify, cancellationToken).ConfigureAwait(false);
        }

        if (!_isBegun)
        {
            return true;
        }

        string? deferred;
        try
        {
            // Runs the checks of a commit.
            await outer.SettleAsync(cancellationToken).ConfigureAwait(false);
            deferred = await RunAsync(
                "set constraints all immediate; select string_agg(format('%I.%I', nspname, conname), ', ') " +
                "from pg_constraint c join pg_namespace n on n.oid = connamespace where condeferred",
                cancellationToken).ConfigureAwait(false);
        }
        catch (DbException error)
        {
            await RollbackAsync(cancellationToken).ConfigureAwait(false);
            if (error.SqlState == "25P02")
            {
                return false;   // the transaction was already aborted
            }

            throw;
        }

        if (deferred is not null)
        {
            // Only those that a new transaction would defer.
            await RunAsync($"set constraints {deferred} deferred", cancellationToken).ConfigureAwait(false);
        }

        await outer.ReleaseAsync(Savepoint, cancellationToken).ConfigureAwait(false);
        _isBegun = false;
        source.HasWork |= _hasRun && !_settings.ReadOnly;
        return source.Replaced is null || await EndOuterAsync(cancellationToken).ConfigureAwait(false);
    }

    public override ValueTask<bool> CommitConfirmablyAsync(bool verify, CancellationToken cancellationToken) =>
        IsReal ? outer.CommitConfirmablyAsync(verify, cancellationToken) : CommitAsync(verify, cancellationToken);

    public override CommitOutcome ExamineCommit(Exception failure) =>
        IsReal ? outer.ExamineCommit(failure) : base.ExamineCommit(failure);

    public override async ValueTask RollbackAsync(CancellationToken cancellationToken)
    {
        if (IsReal)
        {
            await outer.RollbackAsync(cancellationToken).ConfigureAwait(false);
        }
        else if (_isBegun)
        {
            _isBegun = false;
            await outer.RollbackToAsync(Savepoint, cancellationToken).ConfigureAwait(false);
            await outer.ReleaseAsync(Savepoint, cancellationToken).ConfigureAwait(false);
            if (source.Replaced is not null)
            {
                await EndOuterAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public override ValueTask ResetAsync(CancellationToken cancellationToken) => outer.ResetAsync(cancellationToken);

    public override ValueTask SaveAsync(string savepoint, CancellationToken cancellationToken) =>
        outer.SaveAsync(savepoint, cancellationToken);

    public override ValueTask RollbackToAsync(string savepoint, CancellationToken cancellationToken) =>
        outer.RollbackToAsync(savepoint, cancellationToken);

    public override ValueTask ReleaseAsync(string savepoint, CancellationToken cancellationToken) =>
        outer.ReleaseAsync(savepoint, cancellationToken);

    public override ValueTask SettleAsync(CancellationToken cancellationToken) => outer.SettleAsync(cancellationToken);

    public override void Queue(IReadOnlyList<DbCommand> commands)
    {
        foreach (var command in commands.Where(_ => !IsReal && source.Replaced is null))
        {
            if (SandboxLimit.Of(command.CommandText) is { } reason)
            {
                source.Replace(reason);   // at the end of this session
            }
            else if (_isLater && SandboxLimit.ReadsTime(command.CommandText) && source.IsReplaceable)
            {
                source.Replace(SandboxLimit.FirstTime, isPossible: false);
            }
        }

        _hasRun = true;
        outer.Queue(commands);
    }

    public override DbCommand? FindQueued(Exception failure) => outer.FindQueued(failure);

    public override int CountRows(DbDataReader reader) => outer.CountRows(reader);

    public override FailureKind Examine(Exception failure) => outer.Examine(failure);

    public override Exception FindCause(Exception failure) => outer.FindCause(failure);

    public override Task<DbDataReader> ExecuteReaderAsync(
        DbCommand command, CommandBehavior behavior, CancellationToken cancellationToken) =>
        RunAsync(command.CommandText, () => outer.ExecuteReaderAsync(command, behavior, cancellationToken), cancellationToken);

    public override Task<int> ExecuteNonQueryAsync(DbCommand command, CancellationToken cancellationToken) =>
        RunAsync(command.CommandText, () => outer.ExecuteNonQueryAsync(command, cancellationToken), cancellationToken);

    public override Task<object?> ExecuteScalarAsync(DbCommand command, CancellationToken cancellationToken) =>
        RunAsync(command.CommandText, () => outer.ExecuteScalarAsync(command, cancellationToken), cancellationToken);

    public override Task PrepareAsync(DbCommand command, CancellationToken cancellationToken) =>
        outer.PrepareAsync(command, cancellationToken);

    public override Task<DbDataReader> ExecuteReaderAsync(
        DbBatch batch, CommandBehavior behavior, CancellationToken cancellationToken) => RunAsync(
            SandboxLimit.TextOf(batch), () => outer.ExecuteReaderAsync(batch, behavior, cancellationToken), cancellationToken);

    public override Task<int> ExecuteNonQueryAsync(DbBatch batch, CancellationToken cancellationToken) =>
        RunAsync(SandboxLimit.TextOf(batch), () => outer.ExecuteNonQueryAsync(batch, cancellationToken), cancellationToken);

    public override Task<object?> ExecuteScalarAsync(DbBatch batch, CancellationToken cancellationToken) =>
        RunAsync(SandboxLimit.TextOf(batch), () => outer.ExecuteScalarAsync(batch, cancellationToken), cancellationToken);

    public override Task PrepareAsync(DbBatch batch, CancellationToken cancellationToken) =>
        outer.PrepareAsync(batch, cancellationToken);

    public override Task<DataTable> GetSchemaAsync(
        string? collection, string?[]? restrictions, CancellationToken cancellationToken) =>
        outer.GetSchemaAsync(collection, restrictions, cancellationToken);

    public override Task CancelAsync(object running) => outer.CancelAsync(running);

    public override void Abandon(Task running) => outer.Abandon(running);

    public override void MarkDirty() => outer.MarkDirty();

    public override Task<TResult> UseAsync<TResult>(
        Func<DbConnection, CancellationToken, Task<TResult>> work, CancellationToken cancellationToken)
    {
        _hasRun = true;
        return outer.UseAsync(work, cancellationToken);
    }

    /// <summary>Runs a statement, in a transaction of its own session if it needs one.</summary>
    private async Task<T> RunAsync<T>(string text, Func<Task<T>> run, CancellationToken cancellationToken)
    {
        if (!IsReal && _isBegun && source.Replaced is null)
        {
            if (SandboxLimit.Of(text) is { } reason)
            {
                source.Replace(reason);   // at the end of this session
            }

            if (_isLater && SandboxLimit.ReadsTime(text) && source.IsReplaceable)
            {
                source.Replace(SandboxLimit.FirstTime, isPossible: !_hasRun);
                await EndOuterAsync(cancellationToken).ConfigureAwait(false);
                await outer.BeginAsync(_settings, cancellationToken).ConfigureAwait(false);
            }
        }

        _hasRun = true;
        return await run().ConfigureAwait(false);
    }

    /// <summary>Commits what the sessions of the sandbox have committed.</summary>
    private async ValueTask<bool> EndOuterAsync(CancellationToken cancellationToken)
    {
        if (IsReal)
        {
            return true;
        }

        (_isBegun, IsReal) = (false, true);
        return await outer.CommitAsync(verify: true, cancellationToken).ConfigureAwait(false);
    }

    private async Task<string?> RunAsync(string sql, CancellationToken cancellationToken)
    {
        var command = Connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            (command.CommandText, command.Transaction) = (sql, Transaction);
            return await outer.ExecuteScalarAsync(command, cancellationToken).ConfigureAwait(false) as string;
        }
    }
}
