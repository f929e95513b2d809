using System.Net;

namespace Millpond.Soak.Load;

/// <summary>The head of a response.</summary>
/// <param name="Status">The status.</param>
/// <param name="IsProblem">Whether the body is a problem document.</param>
/// <param name="RetryAfter">The value of Retry-After, if there is one.</param>
internal sealed record AnswerHead(HttpStatusCode Status, bool IsProblem, TimeSpan? RetryAfter)
{
    public static AnswerHead Of(HttpResponseMessage answer) => new(
        answer.StatusCode,
        answer.Content.Headers.ContentType?.MediaType == "application/problem+json",
        answer.Headers.RetryAfter?.Delta);
}
