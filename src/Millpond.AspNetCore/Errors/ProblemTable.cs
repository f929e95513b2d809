using Microsoft.AspNetCore.Http;
using Millpond.Hosting;

namespace Millpond.AspNetCore.Errors;

/// <summary>Maps errors to HTTP responses.</summary>
internal static class ProblemTable
{
    /// <summary>Finds the response to an error, or to the first inner exception that has one.</summary>
    /// <returns>Null if it is not a session error.</returns>
    public static MillpondProblem? Find(Exception error)
    {
        for (var one = error; one is not null; one = one.InnerException)
        {
            if (ClientError.Of(one) is { } answer)
            {
                return Translate(answer);
            }
        }

        return null;
    }

    /// <summary>Gets the response to an error after a commit, which must not invite a repetition (S23).</summary>
    public static MillpondProblem AfterCommit(Exception error) => new()
    {
        Status = StatusCodes.Status500InternalServerError,
        Code = Find(error)?.Code,
        Detail = ClientError.AfterCommit,
        IsCommitted = true,
    };

    private static MillpondProblem Translate(ClientError answer) => new()
    {
        Status = answer.Kind switch
        {
            ClientErrorKind.Busy or ClientErrorKind.Conflict => StatusCodes.Status503ServiceUnavailable,
            ClientErrorKind.Constraint => StatusCodes.Status409Conflict,
            _ => StatusCodes.Status500InternalServerError,
        },
        Code = answer.Code,
        Detail = answer.Detail,
        RetryAfter = answer.RetryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        Outcome = answer.Outcome,
    };
}
