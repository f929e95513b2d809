using Grpc.Core;
using Millpond.Hosting;

namespace Millpond.Grpc;

/// <summary>Which error of a session is told by which status.</summary>
internal static class CallFailure
{
    public const string CommittedTrailer = "millpond-committed";

    private const string CodeTrailer = "millpond-code";

    /// <summary>Finds what to tell about an error, or about the first error inside it that is a session's.</summary>
    /// <param name="error">The error.</param>
    /// <param name="isCommitted">Whether the call had committed something, so that no status may ask for a repetition.</param>
    /// <returns>Null: none is; gRPC tells it in its own way.</returns>
    public static RpcException? Find(Exception error, bool isCommitted)
    {
        for (var one = error; one is not null and not RpcException; one = one.InnerException)
        {
            if (ClientAnswer.Of(one) is { } answer)
            {
                var trailers = answer.Code is null ? [] : new Metadata { { CodeTrailer, answer.Code } };
                if (isCommitted)
                {
                    trailers.Add(CommittedTrailer, "true");
                    return new RpcException(new Status(StatusCode.Internal, ClientAnswer.AfterCommit, error), trailers);
                }

                return new RpcException(new Status(StatusOf(answer.Kind), answer.Detail, error), trailers);
            }
        }

        return null;
    }

    private static StatusCode StatusOf(AnswerKind kind) => kind switch
    {
        AnswerKind.Busy => StatusCode.Unavailable,
        AnswerKind.Conflict or AnswerKind.RolledBack => StatusCode.Aborted,
        AnswerKind.Constraint => StatusCode.FailedPrecondition,
        AnswerKind.Unknown => StatusCode.Unknown,
        _ => StatusCode.Internal,
    };
}
