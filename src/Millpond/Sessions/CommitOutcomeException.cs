using Millpond.Diagnostics;

namespace Millpond.Sessions;

/// <summary>Says that the connection was lost, or the time ran out, while COMMIT was under way (S18).</summary>
/// <remarks>Over HTTP: 500. Never repeat the work blindly: it may have been committed.</remarks>
public sealed class CommitOutcomeException : MillpondException
{
    internal CommitOutcomeException(string operation, CommitOutcome outcome, Exception innerException)
        : base(
            ErrorCodes.CommitOutcome,
            $"The connection was lost, or the time ran out, during the COMMIT of {operation}, so it is unknown whether the " +
            "work was committed. Look before doing it again.",
            innerException)
    {
        Outcome = outcome;
    }

    /// <summary>Gets what is known.</summary>
    public CommitOutcome Outcome { get; }

    /// <inheritdoc/>
    public override bool IsTransient => false;
}
