using Millpond.Diagnostics;
using Millpond.Leasing;

namespace Millpond;

/// <summary>Thrown if a queued statement failed when it was sent with a later statement or with the commit.</summary>
/// <remarks>
/// <para>Nothing of the transaction is committed, unless it is rolled back to a savepoint that was set before the statement was
/// queued. The inner exception is the database's own error, whose <see cref="System.Data.Common.DbException.SqlState"/> and
/// <see cref="System.Data.Common.DbException.IsTransient"/> it returns.</para>
/// <para>Over HTTP: 409 for a constraint, 503 with Retry-After for a conflict with another transaction, otherwise 500.</para>
/// </remarks>
public sealed class QueuedStatementException : MillpondException
{
    internal QueuedStatementException(string operation, string statement, CodeSite site, Exception error)
        : base(
            ErrorCodes.QueuedStatement,
            $"A queued statement of {operation} failed, and nothing is committed: '{CommandText.Shorten(statement)}'" +
            $"{(site.IsKnown ? $", queued in {site}" : "")}. See the inner exception.",
            error)
    {
        Statement = statement;
        CallSite = site.IsKnown ? site.ToString() : null;
    }

    /// <summary>Gets the statement's SQL text.</summary>
    public string Statement { get; }

    /// <summary>Gets where it was queued.</summary>
    /// <value>A method, a file and a line: <c>PayAsync (Payments.cs:42)</c>. Null: unknown.</value>
    public string? CallSite { get; }
}
