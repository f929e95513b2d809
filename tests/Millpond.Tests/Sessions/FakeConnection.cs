using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Millpond.Providers;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Sessions;

internal class FakeConnection(FakeProvider provider) : ProviderConnection
{
    private bool IsDirty { get; set; }

    public override DbConnection Connection { get; } = new SqliteConnection();

    public override ValueTask BeginAsync(TransactionSettings settings, CancellationToken cancellationToken) =>
        new(provider.At("Begin"));

    public override ValueTask<bool> CommitAsync(bool verify, CancellationToken cancellationToken) =>
        new(ThenAsync(provider.At("Commit"), provider.Commits));

    public override ValueTask<bool> CommitConfirmablyAsync(bool verify, CancellationToken cancellationToken) =>
        provider.Evidence is null
            ? base.CommitConfirmablyAsync(verify, cancellationToken)
            : new(ThenAsync(provider.At("CommitConfirmably"), provider.Commits));

    public override bool CanEndWithoutReply => provider.CanEndWithoutReply;

    public override object? CommitEvidence => provider.Evidence;

    public override ValueTask RollbackAsync(CancellationToken cancellationToken) => new(provider.At("Rollback"));

    public override ValueTask SaveAsync(string savepoint, CancellationToken cancellationToken) => new(provider.At("Save"));

    public override ValueTask RollbackToAsync(string savepoint, CancellationToken cancellationToken) =>
        new(provider.At("RollbackTo"));

    public override ValueTask ReleaseAsync(string savepoint, CancellationToken cancellationToken) => new(provider.At("Release"));

    public override FailureKind Examine(Exception failure) => provider.Kind;

    public override CommitOutcome ExamineCommit(Exception failure) => provider.Meaning ?? base.ExamineCommit(failure);

    public override Task<DbDataReader> ExecuteReaderAsync(
        DbCommand command, CommandBehavior behavior, CancellationToken cancellationToken) =>
        ThenAsync<DbDataReader>(provider.At("Execute"), new FakeReader(provider));

    public override Task<int> ExecuteNonQueryAsync(DbCommand command, CancellationToken cancellationToken) =>
        ThenAsync(provider.At("Execute"), 1);

    public override Task<object?> ExecuteScalarAsync(DbCommand command, CancellationToken cancellationToken) =>
        ThenAsync<object?>(provider.At("Execute"), 1);

    public override Task PrepareAsync(DbCommand command, CancellationToken cancellationToken) => provider.At("Prepare");

    public override Task<DataTable> GetSchemaAsync(
        string? collection, string?[]? restrictions, CancellationToken cancellationToken) => Task.FromResult(new DataTable());

    public override Task CancelAsync(object running) => provider.At("Cancel");

    public override ValueTask SettleAsync(CancellationToken cancellationToken) =>
        provider.Settles ? new(provider.At("Settle")) : base.SettleAsync(cancellationToken);

    public override void MarkDirty() => IsDirty = true;

    public override bool NeedsReset => IsDirty;

    public override ValueTask ResetAsync(CancellationToken cancellationToken) => new(provider.At("Reset"));

    private static async Task<T> ThenAsync<T>(Task step, T result)
    {
        await step;
        return result;
    }
}
