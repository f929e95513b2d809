using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Millpond.AspNetCore.Errors;
using Millpond.AspNetCore.Requests;

namespace Millpond;

/// <summary>The HTTP answer to an error of a session, as <c>AddMillpondProblemDetails</c> writes it, for an error handler of
/// your own.</summary>
/// <remarks>It holds neither SQL nor the database's own message. Immutable.</remarks>
public sealed class MillpondProblem
{
    internal MillpondProblem()
    {
    }

    /// <summary>Gets the HTTP status.</summary>
    /// <value>503: the client may try again. 409: a constraint refused the commit. 500: everything else.</value>
    public required int Status { get; init; }

    /// <summary>Gets the status in words: <c>Service Unavailable</c>.</summary>
    public string Title => ReasonPhrases.GetReasonPhrase(Status);

    /// <summary>Gets a sentence for the client.</summary>
    public required string Detail { get; init; }

    /// <summary>Gets the stable code of the error.</summary>
    /// <value><c>MILL</c> and four digits. Null for an error that is not a session's and came after a commit.</value>
    public required string? Code { get; init; }

    /// <summary>Gets whether the request had committed work before it failed, so that the client must not repeat it.</summary>
    public bool IsCommitted { get; init; }

    /// <summary>Gets the time after which the client should retry, for the header <c>Retry-After</c>.</summary>
    /// <value>Whole seconds, 1 to 30. Null: the client should not retry.</value>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Gets what is known about a commit whose answer was lost.</summary>
    /// <value>Null where no commit is in doubt.</value>
    public CommitOutcome? Outcome { get; init; }

    /// <summary>Finds the answer to an error that left a request, or to the first one inside it that has an answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="exception">The error.</param>
    /// <returns>The answer; null: it is not an error of a session. After a commit of the request every error has one.</returns>
    public static MillpondProblem? Find(HttpContext context, Exception exception)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(exception);
        return context.Features.Get<CommittedWork>() is null ? ProblemTable.Find(exception) : ProblemTable.AfterCommit(exception);
    }
}
