using System.Data.Common;
using Grpc.Core;
using Millpond.Diagnostics;
using Millpond.Transactions.Failures;

namespace Millpond.Grpc;

/// <summary>Which error of a session is told by which status.</summary>
/// <remarks>The details are written here and not taken from the errors: those may hold SQL and the database's own words.
/// </remarks>
internal static class CallFailure
{
    private const string CodeTrailer = "millpond-code";
    public const string CommittedTrailer = "millpond-committed";

    /// <summary>Finds what to tell about an error, or about the first error inside it that is a session's.</summary>
    /// <param name="error">The error.</param>
    /// <param name="isCommitted">Whether the call had committed something, so that no status may ask for a repetition.</param>
    /// <returns>Null: none is; gRPC tells it in its own way.</returns>
    public static RpcException? Find(Exception error, bool isCommitted)
    {
        for (var one = error; one is not null and not RpcException; one = one.InnerException)
        {
            if (FindOne(one) is var (status, detail, code))
            {
                var trailers = code is null ? [] : new Metadata { { CodeTrailer, code } };
                if (isCommitted)
                {
                    trailers.Add(CommittedTrailer, "true");
                    (status, detail) = (
                        StatusCode.Internal, "The change was made, and then something failed. Do not make it again.");
                }

                return new RpcException(new Status(status, detail, error), trailers);
            }
        }

        return null;
    }

    private static (StatusCode Status, string Detail, string? Code)? FindOne(Exception error) => error switch
    {
        PoolTimeoutException or SessionRejectedException or NestedSessionException or SessionTimeoutException =>
            (StatusCode.Unavailable, "The server is busy. Try again later.", CodeOf(error)),
        DatabaseUnavailableException => (
            StatusCode.Unavailable, "The database cannot be reached. Try again later.", CodeOf(error)),
        SerializationConflictException => Conflict(CodeOf(error)),
        CommitOutcomeException { Outcome: CommitOutcome.RolledBack } => (
            StatusCode.Aborted,
            "The connection to the database was lost at the last moment. Nothing was changed; try again.",
            CodeOf(error)),
        CommitOutcomeException => (
            StatusCode.Unknown,
            "The connection to the database was lost at the last moment. Check whether the change was made before you make " +
                "it again.",
            CodeOf(error)),
        MillpondException => (
            StatusCode.Internal, "The server failed because of an internal error.", CodeOf(error)),
        DbException { SqlState: "40001" or "40P01" } => Conflict(ErrorCodes.SerializationConflict),   // PostgreSQL's own words
        DbException => CommitRefusal.Of(error) switch
        {
            { IsConflict: true } => Conflict(ErrorCodes.SerializationConflict),
            { IsConstraintViolation: true } => (
                StatusCode.FailedPrecondition, "The change does not fit the data as it is now.", ErrorCodes.ConstraintAtCommit),
            _ => null,
        },
        _ => null,
    };

    private static (StatusCode Status, string Detail, string? Code) Conflict(string? code) =>
        (StatusCode.Aborted, "Another change to the same data conflicted with this one. Try again.", code);

    private static string? CodeOf(Exception error) => (error as MillpondException)?.Code;
}
