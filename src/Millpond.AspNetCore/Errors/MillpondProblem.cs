using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Millpond.AspNetCore.Errors;
using Millpond.AspNetCore.Requests;

namespace Millpond;

/// <summary>The HTTP response to a session error, as <c>AddMillpondProblemDetails</c> writes it. Use it in your own error
/// handler.</summary>
/// <remarks>Contains neither SQL nor the database's own message. Immutable.</remarks>
public sealed class MillpondProblem
{
    internal MillpondProblem()
    {
    }

    /// <summary>Gets the HTTP status.</summary>
    /// <value>503 if the client may retry, 409 if a constraint rejected the commit, otherwise 500.</value>
    public required int Status { get; init; }

    /// <summary>Gets the status text, for example <c>Service Unavailable</c>.</summary>
    public string Title => ReasonPhrases.GetReasonPhrase(Status);

    /// <summary>Gets a sentence for the client.</summary>
    public required string Detail { get; init; }

    /// <summary>Gets the stable code of the error.</summary>
    /// <value><c>MILL</c> and four digits. Null for an error after a commit that is not a session error.</value>
    public required string? Code { get; init; }

    /// <summary>Gets whether the request had committed work before it failed. If true, the client must not repeat it.</summary>
    public bool IsCommitted { get; init; }

    /// <summary>Gets the time after which the client should retry, for the header <c>Retry-After</c>.</summary>
    /// <value>Whole seconds, 1 to 30. Null: the client should not retry.</value>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Gets the known outcome of a COMMIT whose answer was lost.</summary>
    /// <value>Null if no commit is in doubt.</value>
    public CommitOutcome? Outcome { get; init; }

    /// <summary>Finds the response to an error, or to the first inner exception that has one.</summary>
    /// <param name="context">The request.</param>
    /// <param name="exception">The error.</param>
    /// <returns>The response, or null if it is not a session error. After a commit of the request, every error has a
    /// response.</returns>
    public static MillpondProblem? Find(HttpContext context, Exception exception)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(exception);
        return context.Features.Get<CommittedWork>() is null ? ProblemTable.Find(exception) : ProblemTable.AfterCommit(exception);
    }
}
