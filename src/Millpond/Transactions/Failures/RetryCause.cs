using System.Data.Common;
using Millpond.Providers;

namespace Millpond.Transactions.Failures;

/// <summary>Why failed work can simply be repeated: nothing of it was committed, and the reason is temporary (S17).</summary>
internal sealed class RetryCause
{
    private RetryCause(string what, Exception error, bool isConflict)
    {
        What = what;
        Error = error;
        IsConflict = isConflict;
    }

    /// <summary>Gets the description: "a conflict with another transaction (40001)".</summary>
    public string What { get; }

    /// <summary>Gets the error, which may be an inner exception.</summary>
    public Exception Error { get; }

    /// <summary>Gets whether two transactions conflicted.</summary>
    public bool IsConflict { get; }

    /// <summary>Finds the cause in an error or an inner exception.</summary>
    /// <param name="error">The error.</param>
    /// <param name="dialect">Classifies the database's own errors.</param>
    /// <param name="reported">The errors that count; null for all.</param>
    /// <returns>Null if there is none, or it is unknown whether the work was committed.</returns>
    public static RetryCause? Find(Exception error, DatabaseDialect dialect, ICollection<Exception>? reported = null)
    {
        RetryCause? found = null;
        for (var one = error; one is not null; one = one.InnerException)
        {
            if (one is CommitOutcomeException { Outcome: CommitOutcome.Unknown })
            {
                return null;
            }

            found ??= reported?.Contains(one) == false ? null : Of(one, dialect);
        }

        return found;
    }

    /// <summary>Gets the cause of this error itself, or null.</summary>
    public static RetryCause? Of(Exception error, DatabaseDialect dialect) => error switch
    {
        SerializationConflictException => new("a conflict with another transaction", error, isConflict: true),
        DatabaseUnavailableException { IsConnectionLost: true } => new("a lost connection", error, isConflict: false),
        DatabaseUnavailableException { IsStandby: true } => new("a server that is not the primary", error, isConflict: false),
        CommitOutcomeException { Outcome: CommitOutcome.RolledBack } => new("a lost COMMIT", error, isConflict: false),
        _ when dialect.IsConflict(error) => new(
            $"a conflict with another transaction{State(error)}", error, isConflict: true),
        _ when dialect.IsStalePlan(error) => new($"a stale plan{State(error)}", error, isConflict: false),
        _ => null,
    };

    private static string State(Exception error) => error is DbException { SqlState: { } state } ? $" ({state})" : "";
}
