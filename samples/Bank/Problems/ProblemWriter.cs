using Microsoft.AspNetCore.WebUtilities;

namespace Bank.Problems;

/// <summary>Writes all errors as <c>application/problem+json</c>.</summary>
/// <remarks>ASP.NET Core's own writer writes nothing if the client accepts only other types.</remarks>
internal sealed class ProblemWriter : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var (response, problem) = (context.HttpContext.Response, context.ProblemDetails);
        problem.Status ??= response.StatusCode;
        problem.Title ??= ReasonPhrases.GetReasonPhrase(problem.Status.Value);
        await response.WriteAsJsonAsync(problem, problem.GetType(), options: null, "application/problem+json");
    }
}
