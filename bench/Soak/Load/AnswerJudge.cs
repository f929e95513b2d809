using System.Text.Json;
using Millpond.Load.Outcomes;

namespace Millpond.Soak.Load;

/// <summary>Decides whether a response is allowed.</summary>
internal static class AnswerJudge
{
    /// <summary>The code of a commit with an unknown outcome.</summary>
    private const string CommitBroke = "MILL3006";

    /// <param name="kind">The kind of the request.</param>
    /// <param name="outcome">The name of the outcome.</param>
    /// <param name="head">The head of the response.</param>
    /// <param name="body">The body of the response.</param>
    public static RequestEnding Of(RequestKind kind, Outcome outcome, AnswerHead head, byte[] body)
    {
        var status = (int)head.Status;
        if (status == kind.Status)
        {
            return new RequestEnding(outcome.Name, EndKind.Expected);
        }

        return status switch
        {
            >= 200 and < 300 when kind.Status is { } right => Wrong($"{outcome.Name} instead of {right}"),
            >= 200 and < 300 => kind.FindFault(body) is { } fault
                ? Wrong($"{outcome.Name} with {fault}")
                : new RequestEnding(outcome.Name, EndKind.Done),
            StatusCodes.Status503ServiceUnavailable => JudgeRefusal(outcome, head),
            StatusCodes.Status500InternalServerError when outcome.Name.EndsWith(CommitBroke, StringComparison.Ordinal) =>
                JudgeCommit(outcome, body),
            _ => Wrong(outcome.Name, isRefusal: true),
        };
    }

    private static RequestEnding JudgeRefusal(Outcome outcome, AnswerHead head)
    {
        var hasCode = outcome.Name.Contains("MILL", StringComparison.Ordinal);
        return !head.IsProblem || !hasCode ? Wrong($"{outcome.Name} without a problem document", isRefusal: true)
            : head.RetryAfter is null || head.RetryAfter < TimeSpan.FromSeconds(1)
                ? Wrong($"{outcome.Name} without Retry-After", isRefusal: true)
            : new RequestEnding(outcome.Name, EndKind.TurnedAway);
    }

    /// <summary>Such a commit may have been made, unless the response reports a rollback.</summary>
    private static RequestEnding JudgeCommit(Outcome outcome, byte[] body)
    {
        var said = JsonSerializer.Deserialize<JsonElement>(body);
        var known = said.TryGetProperty("outcome", out var text) ? text.GetString() : null;
        return known is null ? Wrong($"{outcome.Name} without an outcome")
            : new RequestEnding($"{outcome.Name} {known}", EndKind.CommitBroke)
            {
                IsRefusal = known.Equals("RolledBack", StringComparison.OrdinalIgnoreCase),
            };
    }

    private static RequestEnding Wrong(string name, bool isRefusal = false) =>
        new(name, EndKind.Wrong) { IsRefusal = isRefusal };
}
