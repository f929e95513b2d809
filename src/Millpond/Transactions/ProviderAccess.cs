using System.Data.Common;
using Millpond.Leasing;
using Millpond.Providers;

namespace Millpond.Transactions;

/// <summary>Lends the driver's own connection to a session's work.</summary>
internal static class ProviderAccess
{
    public static async Task<TResult> RunAsync<TConnection, TResult>(
        UnitOfWork unit,
        Func<TConnection, DbTransaction?, CancellationToken, Task<TResult>> work,
        CancellationToken cancellationToken)
        where TConnection : DbConnection
    {
        ThrowIfOtherDriver<TConnection>(unit);
        if (unit.CommitsEachStatement)
        {
            return await RunInTransactionAsync(unit, work, cancellationToken).ConfigureAwait(false);
        }

        Func<DbConnection, CancellationToken, Task<TResult>> untyped =
            (connection, token) => work((TConnection)connection, unit.Lease!.Connection.Transaction, token);
        var use = new ProviderUse(untyped);
        await using (use.ConfigureAwait(false))
        {
            var operation = new Operation(
                OperationKind.Exclusive, $"UseProviderConnectionAsync<{typeof(TConnection).Name}>", use);
            return await unit.RunAsync(
                operation,
                (Unit: unit, Use: use, Work: untyped),
                static (connection, at, token) => UseAsync(at.Unit, connection, at.Use, at.Work, token),
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>In autocommit mode, runs it in a transaction, because a COPY or a backup must be complete or not done at
    /// all.</summary>
    private static async Task<TResult> RunInTransactionAsync<TConnection, TResult>(
        UnitOfWork unit,
        Func<TConnection, DbTransaction?, CancellationToken, Task<TResult>> work,
        CancellationToken cancellationToken)
        where TConnection : DbConnection
    {
        var transaction = await SessionTransaction.BeginTransactionAsync(unit, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            var result = await RunAsync(unit, work, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return result;
        }
    }

    private static async Task<TResult> UseAsync<TResult>(
        UnitOfWork unit,
        ProviderConnection connection,
        ProviderUse use,
        Func<DbConnection, CancellationToken, Task<TResult>> work,
        CancellationToken cancellationToken)
    {
        connection.MarkDirty();
        unit.Health.NoteUntracked();
        if (!unit.OnlyReads)
        {
            unit.Lease!.HasWritten = true;   // unknown
        }

        try
        {
            var result = await connection.UseAsync(work, use.LinkTo(cancellationToken)).ConfigureAwait(false);
            unit.ThrowIfEnded();   // the work may have ignored its token
            return result;
        }
        catch (Exception error) when (error is not SessionEndedException)
        {
            // Its progress is unknown too: only a rollback, complete or to a savepoint, is possible.
            unit.Health.Note(FailureKind.Aborted, error);
            throw;
        }
    }

    private static void ThrowIfOtherDriver<TConnection>(UnitOfWork unit)
        where TConnection : DbConnection
    {
        using var own = unit.Services.Source.Factory.CreateConnection();
        if (own is not TConnection)
        {
            throw new InvalidOperationException(
                $"Engine '{unit.Services.EngineName}' uses {unit.Services.Source.Dialect.Name}: its connection is " +
                $"{own?.GetType().FullName}, not {typeof(TConnection).FullName}. Use that type with UseProviderConnectionAsync.");
        }
    }
}
