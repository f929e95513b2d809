using Bank.Input;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Bank.Problems;

/// <summary>Handles invalid input: 400 with faults by member, or the exception's own status (413, 415, 408).</summary>
internal sealed class InputExceptionHandler : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        IResult? answer = exception switch
        {
            InvalidInputException invalid => TypedResults.ValidationProblem(invalid.Errors),
            BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } => InvalidBody(exception),
            BadHttpRequestException bad => TypedResults.Problem(bad.Message, statusCode: bad.StatusCode),
            IOException { InnerException: OverflowException } => InvalidBody(exception),   // an oversized chunk
            _ => null,
        };
        if (answer is null)
        {
            return false;
        }

        await answer.ExecuteAsync(httpContext);
        return true;
    }

    private static ValidationProblem InvalidBody(Exception error) =>
        TypedResults.ValidationProblem(new Dictionary<string, string[]> { ["body"] = [error.Message] });
}
