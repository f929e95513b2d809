using System.Data;
using System.Data.Common;
using Millpond.Diagnostics;
using Millpond.Leasing;
using Millpond.Providers;

namespace Millpond.Transactions;

/// <summary>What a session does with the statements that it queues.</summary>
internal static class UnitQueue
{
    /// <summary>Queues a copy of a command.</summary>
    /// <exception cref="ArgumentException">It is not one statement, or has a parameter that can be read only once.</exception>
    /// <exception cref="InvalidOperationException">Too many are waiting.</exception>
    /// <exception cref="NotSupportedException">There is no transaction, or the statement cannot wait.</exception>
    public static void Add(UnitOfWork unit, DbCommand command, CodeSite site)
    {
        ThrowIfUnfit(command, unit.Services.Source.Dialect);
        var operation = new Operation(OperationKind.Queuing, command.CommandText);
        AmbientTransaction.ThrowIfAny(operation);
        unit.ThrowIfOver();
        unit.Begin(operation);
        try
        {
            ThrowIfRefused(unit, operation);
            var queue = unit.Queued ?? new StatementQueue();
            queue.Add(QueuedCommand.Copy(command, unit.Services.Source), site);
            unit.Queued = queue;
        }
        finally
        {
            unit.Use.End();
        }
    }

    /// <summary>Takes the connection on which a commit will send the queued statements.</summary>
    public static Task LeaseAsync(UnitOfWork unit, CancellationToken cancellationToken) =>
        unit.Lease is { InTransaction: true } lease && (unit.Services.WriteGate is null || lease.IsWriter)
            ? Task.CompletedTask
            : unit.RunAsync(Operation.Open, 0, static (_, _, _) => Task.FromResult(true), cancellationToken);

    /// <summary>Sends them separately.</summary>
    public static Task SendAsync(UnitOfWork unit, CancellationToken cancellationToken) => unit.Queued is null
        ? Task.CompletedTask
        : unit.RunAsync(Operation.SendQueued, 0, static (_, _, _) => Task.FromResult(true), cancellationToken);

    private static void ThrowIfUnfit(DbCommand command, DatabaseDialect dialect)
    {
        if (command.CommandType != CommandType.Text)
        {
            throw new NotSupportedException(
                $"Queue takes SQL text, and this command has CommandType = {command.CommandType}. Execute it instead.");
        }

        if (SavepointText.Read(command.CommandText, dialect) is not null)
        {
            throw TransactionText(
                "A savepoint cannot be queued. Call BeginTransactionAsync of the session, which sends what is queued.");
        }

        var sql = new SqlTokens(command.CommandText, dialect.Syntax);
        if (!sql.NextStatement() || sql.NextStatement())
        {
            throw new ArgumentException(
                "Queue takes one statement, so that an error names the right one. Call it once for each, or execute the text.");
        }
    }

    private static void ThrowIfRefused(UnitOfWork unit, Operation operation)
    {
        if (unit.OnlyReads)
        {
            throw ReadOnlySessionException.CannotQueue(unit.Origin);
        }

        if (unit.CommitsEachStatement)
        {
            throw TransactionText(
                "Queue needs a transaction, whose commit sends what is queued; each statement of this session commits by " +
                "itself (Mode = Autocommit). Execute the statement, or call BeginTransactionAsync of the session first.");
        }

        unit.Health.ThrowIfUnusable(operation, unit.Origin.Operation);
    }

    private static MillpondNotSupportedException TransactionText(string message) => new(ErrorCodes.TransactionText, message);
}
