using System.Data.Common;
using Millpond.Diagnostics;
using Millpond.Transactions.Failures;

namespace Millpond.Hosting;

/// <summary>The information about a session's error that a client gets, for every protocol.</summary>
/// <remarks>The texts are written here, because the exceptions' own messages may contain SQL and the database's
/// wording.</remarks>
internal sealed record ClientError(ClientErrorKind Kind, string Detail, string? Code)
{
    public const string AfterCommit = "The change was committed, but something failed afterwards. Do not repeat it.";

    private const string Lost = "The connection to the database was lost during the commit.";
    private const int LongestRetryAfter = 30;

    /// <summary>Gets the number of seconds after which the client should retry; null if it should not retry.</summary>
    public int? RetryAfter { get; private init; }

    public CommitOutcome? Outcome { get; private init; }

    /// <returns>Null if it is not a session error itself. An inner exception may be one.</returns>
    public static ClientError? Of(Exception error) => error switch
    {
        PoolTimeoutException late => Busy(late, (int)Math.Ceiling(late.Pool.OldestWait.TotalSeconds)),
        SessionRejectedException refused => Busy(refused, Spread(refused.RetryAfter)),
        NestedSessionException nested => Busy(nested, 1),
        SessionTimeoutException slow => Busy(slow, 1),
        DatabaseUnavailableException { IsServerFull: true } full => Busy(full, 5),
        DatabaseUnavailableException gone =>
            new(ClientErrorKind.Busy, "The database cannot be reached. Try again later.", gone.Code) { RetryAfter = 5 },
        SerializationConflictException => Conflict(),
        CommitOutcomeException { Outcome: CommitOutcome.RolledBack } lost =>
            new(ClientErrorKind.RolledBack, $"{Lost} Nothing was changed. Try again.", lost.Code) { Outcome = lost.Outcome },
        CommitOutcomeException lost =>
            new(ClientErrorKind.Unknown, $"{Lost} Check whether the change was made before you repeat it.", lost.Code)
            {
                Outcome = lost.Outcome,
            },
        QueuedStatementException { InnerException: { } own } when Of(own) is { } answer => answer,
        MillpondException other => Internal(other.Code),
        MillpondNotSupportedException other => Internal(other.Code),
        DbException { SqlState: "40001" or "40P01" } => Conflict(),
        _ => CommitRefusal.Of(error) switch
        {
            { IsConflict: true } => Conflict(),
            { IsConstraintViolation: true } => new(
                ClientErrorKind.Constraint, "The change conflicts with the current data.", ErrorCodes.ConstraintAtCommit),
            _ => null,
        },
    };

    private static ClientError Internal(string code) =>
        new(ClientErrorKind.Internal, "The server failed because of an internal error.", code);

    private static ClientError Busy(MillpondException error, int seconds) =>
        new(ClientErrorKind.Busy, "The service is busy. Try again in a moment.", error.Code)
        {
            RetryAfter = Math.Clamp(seconds, 1, LongestRetryAfter),
        };

    /// <summary>Spreads the retries, so clients that were rejected at the same time do not return at the same time.</summary>
    private static int Spread(TimeSpan drained) =>
        drained > TimeSpan.Zero ? (int)Math.Ceiling(drained.TotalSeconds) + Random.Shared.Next(3) : 1;

    private static ClientError Conflict() => new(
        ClientErrorKind.Conflict,
        "Another change to the same data conflicted with this one. Try again.",
        ErrorCodes.SerializationConflict)
    {
        RetryAfter = 1,
    };
}
