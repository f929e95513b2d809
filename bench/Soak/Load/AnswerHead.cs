using System.Net;

namespace Millpond.Soak.Load;

/// <summary>What stands before an answer's body.</summary>
/// <param name="Status">The status.</param>
/// <param name="IsProblem">Whether the body is a problem document.</param>
/// <param name="RetryAfter">After how long the client may come again, where it is told so.</param>
internal sealed record AnswerHead(HttpStatusCode Status, bool IsProblem, TimeSpan? RetryAfter)
{
    public static AnswerHead Of(HttpResponseMessage answer) => new(
        answer.StatusCode,
        answer.Content.Headers.ContentType?.MediaType == "application/problem+json",
        answer.Headers.RetryAfter?.Delta);
}
