using Grpc.Core;
using Millpond.Hosting;

namespace Millpond.Grpc;

/// <summary>Maps session errors to gRPC statuses.</summary>
internal static class CallFailure
{
    public const string CommittedTrailer = "millpond-committed";

    private const string CodeTrailer = "millpond-code";

    /// <summary>Finds the status of an error, or of the first inner exception that is a session error.</summary>
    /// <param name="error">The error.</param>
    /// <param name="isCommitted">Whether the call had committed something, so no status may invite a repetition.</param>
    /// <returns>Null if there is none; gRPC then reports the error itself.</returns>
    public static RpcException? Find(Exception error, bool isCommitted)
    {
        for (var one = error; one is not null and not RpcException; one = one.InnerException)
        {
            if (ClientError.Of(one) is { } answer)
            {
                var trailers = answer.Code is null ? [] : new Metadata { { CodeTrailer, answer.Code } };
                if (isCommitted)
                {
                    trailers.Add(CommittedTrailer, "true");
                    return new RpcException(new Status(StatusCode.Internal, ClientError.AfterCommit, error), trailers);
                }

                return new RpcException(new Status(StatusOf(answer.Kind), answer.Detail, error), trailers);
            }
        }

        return null;
    }

    private static StatusCode StatusOf(ClientErrorKind kind) => kind switch
    {
        ClientErrorKind.Busy => StatusCode.Unavailable,
        ClientErrorKind.Conflict or ClientErrorKind.RolledBack => StatusCode.Aborted,
        ClientErrorKind.Constraint => StatusCode.FailedPrecondition,
        ClientErrorKind.Unknown => StatusCode.Unknown,
        _ => StatusCode.Internal,
    };
}
