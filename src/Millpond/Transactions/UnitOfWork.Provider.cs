using System.Data.Common;
using Millpond.Leasing;
using Millpond.Providers;

namespace Millpond.Transactions;

/// <content>Work on the driver's own connection, and what has the connection reset at its return.</content>
internal sealed partial class UnitOfWork
{
    private volatile bool _resetsOnReturn;

    /// <summary>Has each connection it gives back from now on made as new first (S21).</summary>
    public void ResetOnReturn()
    {
        ThrowIfEnded();
        _resetsOnReturn = true;
    }

    /// <summary>Has work done with the driver's own connection (F06).</summary>
    public async Task<TResult> UseProviderConnectionAsync<TConnection, TResult>(
        Func<TConnection, DbTransaction?, CancellationToken, Task<TResult>> work, CancellationToken cancellationToken)
        where TConnection : DbConnection
    {
        ThrowIfOther<TConnection>();
        if (CommitsEachStatement)
        {
            return await UseInTransactionAsync(work, cancellationToken).ConfigureAwait(false);
        }

        Func<DbConnection, CancellationToken, Task<TResult>> untyped =
            (connection, token) => work((TConnection)connection, _lease!.Connection.Transaction, token);
        var use = new ProviderUse(untyped);
        await using (use.ConfigureAwait(false))
        {
            var operation = new Operation(
                OperationKind.Exclusive, $"UseProviderConnectionAsync<{typeof(TConnection).Name}>", use);
            return await RunAsync(
                operation,
                (Unit: this, Use: use, Work: untyped),
                static (connection, at, token) => at.Unit.UseAsync(connection, at.Use, at.Work, token),
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gives the work a transaction of its own: nobody can tell where its statements begin and end.</summary>
    private async Task<TResult> UseInTransactionAsync<TConnection, TResult>(
        Func<TConnection, DbTransaction?, CancellationToken, Task<TResult>> work, CancellationToken cancellationToken)
        where TConnection : DbConnection
    {
        var transaction = await SessionTransaction.BeginAsync(this, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            var result = await UseProviderConnectionAsync(work, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return result;
        }
    }

    private async Task<TResult> UseAsync<TResult>(
        ProviderConnection connection,
        ProviderUse use,
        Func<DbConnection, CancellationToken, Task<TResult>> work,
        CancellationToken cancellationToken)
    {
        connection.MarkDirty();
        _health.NoteUnseen();
        if (!OnlyReads)
        {
            _lease!.HasWritten = true;   // nobody knows
        }

        try
        {
            var result = await connection.UseAsync(work, use.LinkTo(cancellationToken)).ConfigureAwait(false);
            ThrowIfEnded();   // the work may not have looked at its token
            return result;
        }
        catch (Exception error) when (error is not SessionEndedException)
        {
            // How far it came nobody knows either: only a rollback, wholly or to a savepoint, leads out of that.
            _health.Note(FailureKind.Aborted, error);
            throw;
        }
    }

    private void ThrowIfOther<TConnection>()
        where TConnection : DbConnection
    {
        using var own = Services.Source.Factory.CreateConnection();
        if (own is not TConnection)
        {
            throw new InvalidOperationException(
                $"Engine '{Services.EngineName}' runs on {Services.Source.Dialect.Name}: its connection is " +
                $"{own?.GetType().FullName}, not {typeof(TConnection).FullName}. Ask UseProviderConnectionAsync for that one.");
        }
    }
}
