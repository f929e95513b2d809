using Millpond.Diagnostics;

namespace Millpond.Sessions;

/// <summary>Says that the connection was lost, or the time ran out, while COMMIT was under way (S18).</summary>
/// <remarks>Over HTTP: 500 with <c>outcome</c>. Where <see cref="Outcome"/> is unknown never repeat the work blindly: it may have
/// been committed. A commit that turned out to be made throws nothing.</remarks>
public sealed class CommitOutcomeException : MillpondException
{
    internal CommitOutcomeException(string operation, CommitOutcome outcome, Exception innerException)
        : base(ErrorCodes.CommitOutcome, Describe(operation, outcome), innerException)
    {
        Outcome = outcome;
    }

    /// <summary>Gets what is known.</summary>
    public CommitOutcome Outcome { get; }

    /// <summary>Gets whether the work may be tried again: where the database has said that nothing was committed.</summary>
    public override bool IsTransient => Outcome == CommitOutcome.RolledBack;

    private static string Describe(string operation, CommitOutcome outcome) =>
        $"The connection was lost, or the time ran out, during the COMMIT of {operation}" + (outcome == CommitOutcome.RolledBack
            ? ". Asked on another connection, the database said that nothing was committed, so the work can be tried again."
            : ", so it is unknown whether the work was committed. Look before doing it again.");
}
