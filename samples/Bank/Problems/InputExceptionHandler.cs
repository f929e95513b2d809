using Bank.Input;
using Microsoft.AspNetCore.Diagnostics;

namespace Bank.Problems;

/// <summary>Answers input that cannot be read: 400 with faults by member, or the status it came with (413, 415, 408).</summary>
internal sealed class InputExceptionHandler : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        IResult? answer = exception switch
        {
            InvalidInputException invalid => TypedResults.ValidationProblem(invalid.Errors),
            BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } bad =>
                TypedResults.ValidationProblem(new Dictionary<string, string[]> { ["body"] = [bad.Message] }),
            BadHttpRequestException bad => TypedResults.Problem(bad.Message, statusCode: bad.StatusCode),
            _ => null,
        };
        if (answer is null)
        {
            return false;
        }

        await answer.ExecuteAsync(httpContext);
        return true;
    }
}
