using System.Data.Common;
using System.Globalization;
using Millpond.Leasing;
using Millpond.Providers;
using Millpond.Transactions.Failures;

namespace Millpond.Transactions;

/// <summary>Statements whose results are not needed. They are sent before the session's next statement, or before its
/// COMMIT.</summary>
/// <remarks>Used inside an operation of the session only, so by one task at a time.</remarks>
internal sealed class StatementQueue
{
    /// <summary>How many statements may wait. More would have to be sent, which the queueing call cannot wait for.</summary>
    public const int MaxStatements = 1_000;

    private readonly List<DbCommand> _commands = [];
    private readonly List<CodeSite> _sites = [];

    /// <summary>Gets whether the connection has them. Then it is unknown whether they ran until it reports it.</summary>
    public bool IsHandedOver { get; private set; }

    /// <exception cref="InvalidOperationException">Too many are waiting.</exception>
    public void Add(DbCommand command, CodeSite site)
    {
        if (_commands.Count >= MaxStatements)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"{MaxStatements:N0} statements are queued, which is the limit. Execute the next one with ExecuteAsync, ") +
                "which sends them too.");
        }

        _commands.Add(command);
        _sites.Add(site);
    }

    /// <summary>Makes the connection send them before the next command.</summary>
    public void HandOver(SessionLease lease)
    {
        IsHandedOver = true;
        lease.HasWritten = true;   // they may have
        lease.Connection.Queue(_commands);
    }

    /// <summary>Takes them back from a connection that has run none.</summary>
    public void TakeBack() => IsHandedOver = false;

    /// <summary>Finds the queued statement that caused an error. Called right after the error.</summary>
    /// <returns>The error that names it, or null.</returns>
    public QueuedStatementException? Explain(
        string operation, ProviderConnection connection, DatabaseDialect dialect, Exception error)
    {
        if (connection.FindQueued(error) is not { } failed || _commands.IndexOf(failed) is not (>= 0 and var index))
        {
            return null;
        }

        CommitRefusal.Note(error, dialect);   // whatever was sent with it, it counts as the commit's
        return new QueuedStatementException(operation, failed.CommandText, _sites[index], error);
    }
}
