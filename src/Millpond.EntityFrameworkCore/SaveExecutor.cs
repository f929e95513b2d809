using System.Data.Common;
using System.Runtime.ExceptionServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Update;
using Millpond.Providers;
using Millpond.Transactions.Failures;

namespace Millpond.EntityFrameworkCore;

/// <summary>Executes the statements of a save, all or none, and reports failures to the session.</summary>
/// <remarks>It replaces EF Core's own executor. On PostgreSQL, EF Core casts the reader of a save to the driver's class, so the
/// session does not see its steps (F05). Errors are reported here, while the savepoint of the save still exists.</remarks>
internal sealed class SaveExecutor(ICurrentDbContext current) : IBatchExecutor
{
    public int Execute(IEnumerable<ModificationCommandBatch> commandBatches, IRelationalConnection connection)
    {
        using var batches = commandBatches.GetEnumerator();
        if (!batches.MoveNext())
        {
            return 0;
        }

        var own = (SessionConnection)connection.DbConnection;
        connection.Open();
        DbTransaction? transaction = null;
        try
        {
            transaction = IsAtomic(batches.Current, own) ? null : own.BeginTransaction();
            own.IsSaving = true;
            var rows = 0;
            do
            {
                batches.Current.Execute(connection);
                rows += batches.Current.ModificationCommands.Count;
            }
            while (batches.MoveNext());

            transaction?.Commit();
            return rows;
        }
        catch (DbUpdateException error) when (error.InnerException is { } cause)
        {
            ExceptionDispatchInfo.Throw(Find(cause, own) ?? error);
            throw;
        }
        finally
        {
            own.IsSaving = false;
            transaction?.Dispose();
            connection.Close();
        }
    }

    public async Task<int> ExecuteAsync(
        IEnumerable<ModificationCommandBatch> commandBatches,
        IRelationalConnection connection,
        CancellationToken cancellationToken = default)
    {
        using var batches = commandBatches.GetEnumerator();
        if (!batches.MoveNext())
        {
            return 0;
        }

        var own = (SessionConnection)connection.DbConnection;
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        DbTransaction? transaction = null;
        try
        {
            transaction = IsAtomic(batches.Current, own)
                ? null
                : await own.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            own.IsSaving = true;
            var rows = 0;
            do
            {
                await batches.Current.ExecuteAsync(connection, cancellationToken).ConfigureAwait(false);
                rows += batches.Current.ModificationCommands.Count;
            }
            while (batches.MoveNext());

            await (transaction?.CommitAsync(cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
            return rows;
        }
        catch (DbUpdateException error) when (error.InnerException is { } cause)
        {
            ExceptionDispatchInfo.Throw(Find(cause, own) ?? error);
            throw;
        }
        finally
        {
            own.IsSaving = false;
            if (transaction is not null)
            {
                await transaction.DisposeAsync().ConfigureAwait(false);
            }

            await connection.CloseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Finds the session's error inside an error that EF Core wrapped.</summary>
    /// <returns>Null if there is none, so EF Core's error is reported.</returns>
    private static Exception? Find(Exception cause, SessionConnection connection) =>
        cause as MillpondException ?? UnitErrors.NoteFailedSave(connection.Unit, cause);

    /// <summary>Gets whether a save is one statement that commits on its own. All others get a transaction. Inside a session's
    /// it is a savepoint, so a failed save leaves the session unchanged.</summary>
    private bool IsAtomic(ModificationCommandBatch first, SessionConnection connection) =>
        connection.Unit.CommitsEachStatement && current.Context.Database.AutoTransactionBehavior switch
        {
            AutoTransactionBehavior.Always => false,
            AutoTransactionBehavior.Never => true,
            _ => !first.AreMoreBatchesExpected && !first.RequiresTransaction,
        };
}
