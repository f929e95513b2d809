using System.Data;
using System.Data.Common;
using Millpond.Providers;

namespace Millpond.Testing.Sandboxes;

/// <summary>The sandbox's connection while a session has it: the session's transaction is a savepoint.</summary>
internal sealed class SandboxConnection(ProviderConnection outer) : ProviderConnection
{
    private const string Savepoint = "sandbox";
    private bool _isBegun;

    public override DbConnection Connection => outer.Connection;

    public override DbTransaction? Transaction => outer.Transaction;

    public override IsolationLevel DefaultIsolation => outer.DefaultIsolation;

    public override bool HasWritten => outer.HasWritten;

    public override bool IsReusable => true;

    public override string? State => outer.State;

    public override async ValueTask BeginAsync(TransactionSettings settings, CancellationToken cancellationToken)
    {
        if (Unsupported(settings) is { } what)
        {
            throw new TestDatabaseException(
                $"A sandbox is one transaction, and {what} cannot be part of it. Use TestIsolation.Recycled for this test.");
        }

        await outer.SaveAsync(Savepoint, cancellationToken).ConfigureAwait(false);
        _isBegun = true;
        if (settings.ReadOnly)
        {
            // Ends with the savepoint, whichever way that ends.
            await RunAsync("set transaction read only", cancellationToken).ConfigureAwait(false);
        }
    }

    public override async ValueTask<bool> CommitAsync(bool verify, CancellationToken cancellationToken)
    {
        if (!_isBegun)
        {
            return true;
        }

        try
        {
            // What a commit would check, checked here.
            await RunAsync("set constraints all immediate", cancellationToken).ConfigureAwait(false);
        }
        catch (DbException error)
        {
            await RollbackAsync(cancellationToken).ConfigureAwait(false);
            if (error.SqlState == "25P02")
            {
                return false;   // the transaction was aborted before
            }

            throw;
        }

        await RunAsync("set constraints all deferred", cancellationToken).ConfigureAwait(false);
        await outer.ReleaseAsync(Savepoint, cancellationToken).ConfigureAwait(false);
        _isBegun = false;
        return true;
    }

    public override async ValueTask RollbackAsync(CancellationToken cancellationToken)
    {
        if (_isBegun)
        {
            _isBegun = false;
            await outer.RollbackToAsync(Savepoint, cancellationToken).ConfigureAwait(false);
            await outer.ReleaseAsync(Savepoint, cancellationToken).ConfigureAwait(false);
        }
    }

    public override ValueTask SaveAsync(string savepoint, CancellationToken cancellationToken) =>
        outer.SaveAsync(savepoint, cancellationToken);

    public override ValueTask RollbackToAsync(string savepoint, CancellationToken cancellationToken) =>
        outer.RollbackToAsync(savepoint, cancellationToken);

    public override ValueTask ReleaseAsync(string savepoint, CancellationToken cancellationToken) =>
        outer.ReleaseAsync(savepoint, cancellationToken);

    public override ValueTask SettleAsync(CancellationToken cancellationToken) => outer.SettleAsync(cancellationToken);

    public override FailureKind Examine(Exception failure) => outer.Examine(failure);

    public override Exception FindCause(Exception failure) => outer.FindCause(failure);

    public override Task<DbDataReader> ExecuteReaderAsync(
        DbCommand command, CommandBehavior behavior, CancellationToken cancellationToken) =>
        outer.ExecuteReaderAsync(command, behavior, cancellationToken);

    public override Task<int> ExecuteNonQueryAsync(DbCommand command, CancellationToken cancellationToken) =>
        outer.ExecuteNonQueryAsync(command, cancellationToken);

    public override Task<object?> ExecuteScalarAsync(DbCommand command, CancellationToken cancellationToken) =>
        outer.ExecuteScalarAsync(command, cancellationToken);

    public override Task PrepareAsync(DbCommand command, CancellationToken cancellationToken) =>
        outer.PrepareAsync(command, cancellationToken);

    public override Task<DbDataReader> ExecuteReaderAsync(
        DbBatch batch, CommandBehavior behavior, CancellationToken cancellationToken) =>
        outer.ExecuteReaderAsync(batch, behavior, cancellationToken);

    public override Task<int> ExecuteNonQueryAsync(DbBatch batch, CancellationToken cancellationToken) =>
        outer.ExecuteNonQueryAsync(batch, cancellationToken);

    public override Task<object?> ExecuteScalarAsync(DbBatch batch, CancellationToken cancellationToken) =>
        outer.ExecuteScalarAsync(batch, cancellationToken);

    public override Task PrepareAsync(DbBatch batch, CancellationToken cancellationToken) =>
        outer.PrepareAsync(batch, cancellationToken);

    public override Task<DataTable> GetSchemaAsync(
        string? collection, string?[]? restrictions, CancellationToken cancellationToken) =>
        outer.GetSchemaAsync(collection, restrictions, cancellationToken);

    public override Task CancelAsync(object running) => outer.CancelAsync(running);

    public override void Abandon(Task running) => outer.Abandon(running);

    public override void MarkDirty() => outer.MarkDirty();

    public override Task<TResult> UseAsync<TResult>(
        Func<DbConnection, CancellationToken, Task<TResult>> work, CancellationToken cancellationToken) =>
        outer.UseAsync(work, cancellationToken);

    private static string? Unsupported(TransactionSettings settings) =>
        settings.Autocommit ? "statements that commit by themselves (SessionMode.Autocommit)"
        : settings.Isolation != IsolationLevel.Unspecified ? $"a session with isolation level {settings.Isolation}"
        : settings.Statements is { Count: > 0 } ? "a session with OnBegin, whose settings would outlive it,"
        : null;

    private async Task RunAsync(string sql, CancellationToken cancellationToken)
    {
        var command = Connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            (command.CommandText, command.Transaction) = (sql, Transaction);
            await outer.ExecuteNonQueryAsync(command, cancellationToken).ConfigureAwait(false);
        }
    }
}
