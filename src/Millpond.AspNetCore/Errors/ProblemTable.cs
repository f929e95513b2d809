using Microsoft.AspNetCore.Http;
using Millpond.Hosting;

namespace Millpond.AspNetCore.Errors;

/// <summary>Which error gets which answer.</summary>
internal static class ProblemTable
{
    /// <summary>Finds the answer to an error, or to the first error inside it that has one.</summary>
    /// <returns>Null: not an error of a session.</returns>
    public static MillpondProblem? Find(Exception error)
    {
        for (var one = error; one is not null; one = one.InnerException)
        {
            if (ClientAnswer.Of(one) is { } answer)
            {
                return Translate(answer);
            }
        }

        return null;
    }

    /// <summary>Gives the answer to an error of a request that had committed: none that invites a repetition (S23).</summary>
    public static MillpondProblem AfterCommit(Exception error) => new()
    {
        Status = StatusCodes.Status500InternalServerError,
        Code = Find(error)?.Code,
        Detail = ClientAnswer.AfterCommit,
        IsCommitted = true,
    };

    private static MillpondProblem Translate(ClientAnswer answer) => new()
    {
        Status = answer.Kind switch
        {
            AnswerKind.Busy or AnswerKind.Conflict => StatusCodes.Status503ServiceUnavailable,
            AnswerKind.Constraint => StatusCodes.Status409Conflict,
            _ => StatusCodes.Status500InternalServerError,
        },
        Code = answer.Code,
        Detail = answer.Detail,
        RetryAfter = answer.RetryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        Outcome = answer.Outcome,
    };
}
