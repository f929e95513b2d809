using System.Data;
using System.Data.Common;
using Millpond.Providers;

namespace Millpond.Benchmarks.Fakes;

internal sealed class IdleConnection : ProviderConnection
{
    private static readonly Task<int> OneRow = Task.FromResult(1);

    public override DbConnection Connection => throw new NotSupportedException();

    public override ValueTask BeginAsync(TransactionSettings settings, CancellationToken cancellationToken) =>
        ValueTask.CompletedTask;

    public override ValueTask<bool> CommitAsync(bool verify, CancellationToken cancellationToken) => new(true);

    public override ValueTask RollbackAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public override ValueTask SaveAsync(string savepoint, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public override ValueTask RollbackToAsync(string savepoint, CancellationToken cancellationToken) =>
        ValueTask.CompletedTask;

    public override ValueTask ReleaseAsync(string savepoint, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public override FailureKind Examine(Exception failure) => FailureKind.Statement;

    public override Task<DbDataReader> ExecuteReaderAsync(
        DbCommand command, CommandBehavior behavior, CancellationToken cancellationToken) =>
        ((IdleCommand)command).Rows();

    public override Task<int> ExecuteNonQueryAsync(DbCommand command, CancellationToken cancellationToken) => OneRow;

    public override Task<object?> ExecuteScalarAsync(DbCommand command, CancellationToken cancellationToken) =>
        Task.FromResult<object?>(null);

    public override Task PrepareAsync(DbCommand command, CancellationToken cancellationToken) => Task.CompletedTask;

    public override Task<DataTable> GetSchemaAsync(
        string? collection, string?[]? restrictions, CancellationToken cancellationToken) => throw new NotSupportedException();

    public override Task CancelAsync(object running) => Task.CompletedTask;
}
