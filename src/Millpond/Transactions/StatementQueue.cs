using System.Data;
using System.Data.Common;
using System.Globalization;
using Millpond.Diagnostics;
using Millpond.Leasing;
using Millpond.Providers;
using Millpond.Transactions.Failures;

namespace Millpond.Transactions;

/// <summary>The statements whose result nobody waits for: they go in front of the session's next statement, or of its COMMIT.
/// </summary>
/// <remarks>Used inside an operation of the session only, so by one task at a time.</remarks>
internal sealed class StatementQueue
{
    /// <summary>How many statements may wait. More would have to be sent, which the call that queues cannot wait for.</summary>
    public const int MaxStatements = 1_000;

    private readonly List<DbCommand> _commands = [];
    private readonly List<CodeSite> _sites = [];

    /// <summary>Gets whether the connection has them, so that nobody knows any more whether they ran until it says so.</summary>
    public bool IsHandedOver { get; private set; }

    /// <summary>Queues a copy of a command.</summary>
    /// <exception cref="ArgumentException">It is not one statement, or has a parameter that can be read only once.</exception>
    /// <exception cref="InvalidOperationException">Too many are waiting.</exception>
    /// <exception cref="NotSupportedException">There is no transaction, or it is no statement that can wait.</exception>
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
            if (queue._commands.Count >= MaxStatements)
            {
                throw new InvalidOperationException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{MaxStatements:N0} statements are queued, which is the limit. Execute the next one (ExecuteAsync), ") +
                    "which sends them with it, and queue on.");
            }

            queue._commands.Add(QueuedCommand.Copy(command, unit.Services.Source));
            queue._sites.Add(site);
            unit.Queued = queue;
        }
        finally
        {
            unit.Use.End();
        }
    }

    /// <summary>Leases the connection that a commit is to take them along on.</summary>
    public static Task LeaseAsync(UnitOfWork unit, CancellationToken cancellationToken) =>
        unit.Lease is { InTransaction: true } lease && (unit.Services.WriteGate is null || lease.IsWriter)
            ? Task.CompletedTask
            : unit.RunAsync(Operation.Open, 0, static (_, _, _) => Task.FromResult(true), cancellationToken);

    /// <summary>Sends them by themselves.</summary>
    public static Task SendAsync(UnitOfWork unit, CancellationToken cancellationToken) => unit.Queued is null
        ? Task.CompletedTask
        : unit.RunAsync(Operation.SendQueued, 0, static (_, _, _) => Task.FromResult(true), cancellationToken);

    /// <summary>Has the connection send them in front of what comes next.</summary>
    public void HandOver(SessionLease lease)
    {
        IsHandedOver = true;
        lease.HasWritten = true;   // for all that anybody knows
        lease.Connection.Queue(_commands);
    }

    /// <summary>Takes them back from a connection that has run none.</summary>
    public void TakeBack() => IsHandedOver = false;

    /// <summary>Finds the statement among them that an error is of. Called right after the error.</summary>
    /// <returns>The error that names it; null: it is of none of them.</returns>
    public QueuedStatementException? Explain(UnitOfWork unit, ProviderConnection connection, Exception error)
    {
        if (connection.FindQueued(error) is not { } failed || _commands.IndexOf(failed) is not (>= 0 and var index))
        {
            return null;
        }

        CommitRefusal.Note(error, unit.Services.Source.Dialect);   // whatever took it along, it counts as the commit's
        return new QueuedStatementException(unit.Origin.Operation, failed.CommandText, _sites[index], error);
    }

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

    private static NotSupportedException TransactionText(string message) =>
        new($"{message} [{ErrorCodes.TransactionText}]") { HelpLink = ErrorPage.LinkTo(ErrorCodes.TransactionText) };
}
