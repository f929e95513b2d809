using System.Data.Common;
using System.Globalization;
using Millpond.Diagnostics;

namespace Millpond;

/// <summary>Thrown if a COMMIT was not answered, or was answered with an error that leaves its outcome open.</summary>
/// <remarks>Over HTTP: 500 with <c>outcome</c>. If <see cref="Outcome"/> is unknown, do not repeat the work without a check: it
/// may have been committed. If the commit turns out to be successful, nothing is thrown.</remarks>
public sealed class CommitOutcomeException : MillpondException
{
    internal CommitOutcomeException(string operation, CommitOutcome outcome, TimeSpan limit, Exception innerException)
        : base(ErrorCodes.CommitOutcome, Describe(operation, outcome, limit, innerException), innerException)
    {
        Outcome = outcome;
    }

    /// <summary>Gets what is known.</summary>
    public CommitOutcome Outcome { get; }

    /// <summary>Gets whether the work may be retried, because it is certain that nothing was committed.</summary>
    public override bool IsTransient => Outcome == CommitOutcome.RolledBack;

    private static string Describe(string operation, CommitOutcome outcome, TimeSpan limit, Exception cause)
    {
        var isLate = cause is OperationCanceledException;
        var what = isLate
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"The COMMIT of {operation} did not succeed within EngineOptions.CleanupTimeout (" +
                $"{limit.TotalSeconds} s)")
            : cause is DbException { SqlState: { } state }
                ? $"The COMMIT of {operation} failed with SQLSTATE {state}"
                : $"The connection was lost during the COMMIT of {operation}";
        var advice = outcome == CommitOutcome.RolledBack
            ? ". Nothing was committed, so the work can be retried"
            : ", and it is unknown whether the work was committed. Check before you repeat it";
        return $"{what}{advice}{(isLate ? "; raise the limit if commits take longer" : "")}.";
    }
}
