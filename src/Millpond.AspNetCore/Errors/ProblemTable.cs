using System.Data.Common;
using Microsoft.AspNetCore.Http;
using Millpond.Diagnostics;
using Millpond.Transactions.Failures;

namespace Millpond.AspNetCore.Errors;

/// <summary>Which error gets which answer.</summary>
/// <remarks>
/// The details are written here and not taken from the errors: those may hold SQL and the database's own words.
/// </remarks>
internal static class ProblemTable
{
    private const string SerializationFailure = "40001";
    private const string DeadlockDetected = "40P01";
    private const int LongestRetryAfter = 30;

    /// <summary>Finds the answer to an error, or to the first error inside it that has one.</summary>
    /// <returns>Null: not an error of a session.</returns>
    public static MillpondProblem? Find(Exception error)
    {
        for (var one = error; one is not null; one = one.InnerException)
        {
            if (FindOne(one) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    /// <summary>Gives the answer to an error of a request that had committed: none that invites a repetition (S23).</summary>
    public static MillpondProblem AfterCommit(Exception error) => new()
    {
        Status = StatusCodes.Status500InternalServerError,
        Code = Find(error)?.Code,
        Detail = "The change was made, and then something failed. Do not make it again.",
        IsCommitted = true,
    };

    private static MillpondProblem? FindOne(Exception error) => error switch
    {
        PoolTimeoutException late => Busy(late.Code, (int)Math.Ceiling(late.OldestWait.TotalSeconds)),
        SessionRejectedException refused => Busy(refused.Code, Spread(refused.RetryAfter)),
        NestedSessionException nested => Busy(nested.Code, 1),
        SessionTimeoutException slow => Busy(slow.Code, 1),
        DatabaseUnavailableException { IsServerFull: true } full => Busy(full.Code, 5),
        DatabaseUnavailableException gone => new MillpondProblem
        {
            Status = StatusCodes.Status503ServiceUnavailable,
            Code = gone.Code,
            Detail = "The database cannot be reached. Try again later.",
            RetryAfter = TimeSpan.FromSeconds(5),
        },
        SerializationConflictException => Conflict(),
        CommitOutcomeException lost => new MillpondProblem
        {
            Status = StatusCodes.Status500InternalServerError,
            Code = lost.Code,
            Detail = lost.Outcome == CommitOutcome.RolledBack
                ? "The connection to the database was lost at the last moment. Nothing was changed; try again."
                : "The connection to the database was lost at the last moment. Check whether the change was made before you " +
                    "make it again.",
            Outcome = lost.Outcome,
        },
        MillpondException other => new MillpondProblem
        {
            Status = StatusCodes.Status500InternalServerError,
            Code = other.Code,
            Detail = "The server failed because of an internal error.",
        },
        DbException { SqlState: SerializationFailure or DeadlockDetected } => Conflict(),
        _ => CommitRefusal.Of(error) switch
        {
            { IsConflict: true } => Conflict(),
            { IsConstraintViolation: true } => new MillpondProblem
            {
                Status = StatusCodes.Status409Conflict,
                Code = ErrorCodes.ConstraintAtCommit,
                Detail = "The change does not fit the data as it is now.",
            },
            _ => null,
        },
    };

    private static MillpondProblem Busy(string code, int seconds) => new()
    {
        Status = StatusCodes.Status503ServiceUnavailable,
        Code = code,
        Detail = "The service is busy. Try again in a moment.",
        RetryAfter = TimeSpan.FromSeconds(Math.Clamp(seconds, 1, LongestRetryAfter)),
    };

    /// <summary>Those who are turned away together shall not come again together.</summary>
    private static int Spread(TimeSpan drained) =>
        drained > TimeSpan.Zero ? (int)Math.Ceiling(drained.TotalSeconds) + Random.Shared.Next(3) : 1;

    private static MillpondProblem Conflict() => new()
    {
        Status = StatusCodes.Status503ServiceUnavailable,
        Code = ErrorCodes.SerializationConflict,
        Detail = "Another change to the same data conflicted with this one. Try again.",
        RetryAfter = TimeSpan.FromSeconds(1),
    };
}
